package dev.diffstream.cli.option;

import dev.diffstream.cli.client.Connection;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which deployment a command talks to. */
public final class ConnectionOptions {
  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      defaultValue = "${env:DIFFSTREAM_DATA_DIR:-.diffstream}",
      description =
          "Data directory of the deployment, whose connection.properties says how to reach it (default: $DIFFSTREAM_DATA_DIR or .diffstream)."
              + " DIFFSTREAM_KAFKA_BOOTSTRAP_SERVERS and the like come first.")
  private Path directory = Path.of(".diffstream");

  public Path directory() {
    return directory.toAbsolutePath().normalize();
  }

  public Connection connection() {
    return Connection.of(directory());
  }

  /** What another command needs to reach the same deployment: nothing, or the option. */
  public String repeated() {
    return directory.equals(Path.of(".diffstream")) ? "" : " --data-dir " + directory;
  }
}
