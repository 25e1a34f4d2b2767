package dev.diffstream.cli;

import dev.diffstream.cli.deployment.Deployment;
import dev.diffstream.cli.deployment.Ports;
import dev.diffstream.cli.option.ConnectionOptions;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Everything on this machine, until it is stopped. */
@Command(
    name = "standalone",
    mixinStandardHelpOptions = true,
    description = {
      "Starts a Kafka broker, an S3 server, a registry, a gateway and a trainer worker on loopback, and runs until it is stopped (Ctrl-C).",
      "What was learned is kept in the data directory and served again at the next start. A service that dies is started again."
    })
final class StandaloneCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Option(
      names = "--free-ports",
      description =
          "Take any free ports instead of 9092 (Kafka), 9000 (S3), 8080 and 8083 (gateway, HTTP and gRPC), 8081 (registry), 8082 (worker).")
  private boolean freePorts;

  @Override
  public Integer call() throws InterruptedException {
    Ports ports = freePorts ? Ports.free() : Ports.DEFAULT;
    Deployment deployment =
        Deployment.startWithArchives(
            home(), options.directory(), ports, Map.of(), System.out::println);
    CountDownLatch stopped = closedAtExit(deployment);
    System.out.println();
    NextSteps.print(System.out, deployment);
    stopped.await();
    return 0;
  }

  /** The folder that holds the built modules. */
  static Path home() {
    return Path.of(System.getProperty("diffstream.home", ".")).toAbsolutePath().normalize();
  }

  /** Closes the deployment when this JVM is asked to stop; the latch opens when that is done. */
  static CountDownLatch closedAtExit(Deployment deployment) {
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  deployment.close();
                  stopped.countDown();
                },
                "close-deployment"));
    return stopped;
  }
}
