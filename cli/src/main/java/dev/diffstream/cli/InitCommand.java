package dev.diffstream.cli;

import dev.diffstream.cli.client.Connection;
import dev.diffstream.cli.option.ConnectionOptions;
import dev.diffstream.eventlog.TopicSetup;
import dev.diffstream.objectstore.S3ObjectStore;
import dev.diffstream.objectstore.StoreProbe;
import dev.diffstream.schemas.DiffstreamException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prepares a broker and a bucket that somebody else runs. */
@Command(
    name = "init",
    mixinStandardHelpOptions = true,
    description =
        "Creates topics, share group settings and bucket where they are missing, and probes the object store. May be run again at any time.")
final class InitCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Option(
      names = "--wait-seconds",
      defaultValue = "60",
      description =
          "How long to wait for servers that are still starting (default: ${DEFAULT-VALUE}).")
  private int waitSeconds = 60;

  @Override
  public Integer call() {
    Connection connection = options.connection();
    try (S3ObjectStore store = connection.openStore()) {
      patiently(
          () -> {
            store.createBucketIfMissing();
            StoreProbe.run(store);
          });
    }
    System.out.println(
        "bucket " + connection.s3().bucket() + " is ready at " + connection.s3().endpoint());
    patiently(() -> TopicSetup.run(connection.kafka()));
    System.out.println("topics are ready at " + connection.kafka().bootstrapServers());
    return 0;
  }

  private void patiently(Runnable action) {
    long deadline = System.nanoTime() + Duration.ofSeconds(waitSeconds).toNanos();
    while (true) {
      try {
        action.run();
        return;
      } catch (DiffstreamException e) {
        if (!e.code().retryable() || System.nanoTime() > deadline) {
          throw e;
        }
        LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
      }
    }
  }
}
