package dev.diffstream.cli;

import dev.diffstream.cli.client.Connection;
import dev.diffstream.cli.deployment.Deployment;
import java.io.PrintStream;
import java.nio.file.Path;

/** What a person may want to know of a running deployment. */
final class NextSteps {
  private NextSteps() {}

  static void print(PrintStream out, Deployment deployment) {
    Connection connection = deployment.connection();
    Path directory = deployment.directory();
    String option =
        directory.equals(Path.of(".diffstream").toAbsolutePath().normalize())
            ? ""
            : " --data-dir " + directory;
    out.println("Running. Logs are in " + directory.resolve("logs") + ", Ctrl-C stops everything.");
    out.println();
    out.println(
        "  gateway    " + connection.gatewayUrl() + "    Open Inference Protocol v2: /v2/models");
    out.println(
        "  gateway    "
            + connection.values().get(Connection.GATEWAY_GRPC_ADDRESS)
            + "    the same over gRPC: inference.GRPCInferenceService");
    out.println(
        "  registry   " + connection.registryUrl() + "    /v1/tasks, /v1/runs, /openapi.yml");
    out.println("  Kafka      " + connection.values().get("diffstream.kafka.bootstrap-servers"));
    out.println(
        "  S3         "
            + connection.values().get("diffstream.s3.endpoint")
            + "    bucket "
            + connection.values().get("diffstream.s3.bucket")
            + ", keys in "
            + directory.resolve("connection.properties"));
    out.println();
    out.println("Try, in another terminal:");
    out.println("  " + Main.calledAs() + " tasks" + option);
    out.println(
        "  "
            + Main.calledAs()
            + " submit my-task --data my.csv --text-column text --label-column label --wait"
            + option);
    out.println("  " + Main.calledAs() + " predict my-task \"Some text\"" + option);
    out.println(
        "  curl -s "
            + connection.gatewayUrl()
            + "/v2/models/my-task/infer -d '{\"inputs\":[{\"name\":\"text\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"Some text\"]}]}'");
    out.flush();
  }
}
