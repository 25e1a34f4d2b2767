package dev.diffstream.cli;

import dev.diffstream.cli.client.Connection;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which deployment a command talks to. */
final class ConnectionOptions {
  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      defaultValue = "${env:DIFFSTREAM_DATA_DIR:-.diffstream}",
      description =
          "Data directory of the deployment, whose connection.properties says how to reach it (default: $DIFFSTREAM_DATA_DIR or .diffstream)."
              + " DIFFSTREAM_KAFKA_BOOTSTRAP_SERVERS and the like come first.")
  private Path directory = Path.of(".diffstream");

  Path directory() {
    return directory.toAbsolutePath().normalize();
  }

  Connection connection() {
    return Connection.of(directory());
  }
}
