package dev.diffstream.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.diffstream.cli.client.Connection;
import dev.diffstream.cli.client.TaskSubmission;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands against a server that answers as a registry does. */
class RunsOfARegistryTest {
  private static final String RUN =
      "{\"runId\":\"%s\",\"taskId\":\"t\",\"state\":\"versioned\",\"version\":2,\"progress\":{\"attempt\":3,\"worker\":\"w-1\",\"device\":\"cpu\"},"
          + "\"report\":{\"warnings\":[\"unknown field presicion\",\"steer\\u001b[2K\"]}}";

  private final Map<String, String> answers = new ConcurrentHashMap<>();
  private final HttpServer server;
  private final Path directory;

  RunsOfARegistryTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String found = answers.get(exchange.getRequestURI().getPath());
          String unknown =
              "{\"error\":{\"code\":\"TASK_UNKNOWN\",\"message\":\"no report of a run\"}}";
          byte[] body = (found == null ? unknown : found).getBytes(UTF_8);
          exchange.sendResponseHeaders(found == null ? 404 : 200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
  }

  @BeforeEach
  void start() {
    server.start();
    new Connection(
            Map.of(
                Connection.REGISTRY_URL,
                "http://127.0.0.1:" + server.getAddress().getPort(),
                "diffstream.kafka.bootstrap-servers",
                "127.0.0.1:1",
                "diffstream.s3.access-key",
                "a",
                "diffstream.s3.secret-key",
                "it's"))
        .write(directory);
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void runsShowsAttemptWorkerDeviceAndWarnings() {
    answers.put(
        "/v1/runs",
        "{\"runs\":[{\"runId\":\"run-1\",\"taskId\":\"t\",\"state\":\"versioned\",\"digest\":\"d\"},{\"runId\":\"run-2\",\"taskId\":\"u\",\"state\":\"running\"}]}");
    answers.put("/v1/runs/run-1", RUN.formatted("run-1"));
    assertThat(output("runs"))
        .contains("run-1", "run-2")
        .contains("attempt 3, worker w-1, cpu")
        .contains("  warning: unknown field presicion")
        .contains("warning: steer\\u001b");
  }

  @Test
  void anEventThatHadItsOutcomeIsNotSentAgain() throws IOException {
    String runId = TaskSubmission.runId("X");
    answers.put("/v1/runs/" + runId, RUN.formatted(runId));
    Path data = Files.writeString(directory.resolve("rows.csv"), "text,label\n");
    String[] arguments = {"submit", "t", "--data", data.toString(), "--event-id", "X"};
    assertThat(errors(1, arguments))
        .contains("event X had its outcome already")
        .contains(runId, "versioned as version 2");
    assertThat(errors(1, "submit", "t", "--data", data.toString(), "--event-id", "new"))
        .doesNotContain("outcome already")
        .contains("Kafka at 127.0.0.1:1 does not answer");
  }

  @Test
  void theEnvironmentIsFitForAShell() {
    assertThat(output("environment"))
        .contains("export DIFFSTREAM_KAFKA_BOOTSTRAP_SERVERS='127.0.0.1:1'")
        .contains("export DIFFSTREAM_S3_SECRET_KEY='it'\\''s'");
  }

  private String output(String command) {
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, UTF_8));
    try {
      assertThat(Main.commandLine().execute(command, "--data-dir", directory.toString())).isZero();
    } finally {
      System.setOut(before);
    }
    return out.toString(UTF_8);
  }

  private String errors(int status, String... arguments) {
    PrintStream before = System.err;
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    System.setErr(new PrintStream(err, true, UTF_8));
    try {
      String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 2);
      all[arguments.length] = "--data-dir";
      all[arguments.length + 1] = directory.toString();
      assertThat(
              Main.commandLine()
                  .setErr(new java.io.PrintWriter(System.err, true, UTF_8))
                  .execute(all))
          .isEqualTo(status);
    } finally {
      System.setErr(before);
    }
    return err.toString(UTF_8);
  }
}
