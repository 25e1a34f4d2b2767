package dev.diffstream.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionTest {
  private static final Map<String, String> VALUES =
      Map.of(
          "diffstream.kafka.bootstrap-servers",
          "127.0.0.1:1",
          "diffstream.s3.endpoint",
          "http://127.0.0.1:2",
          "diffstream.s3.access-key",
          "a",
          "diffstream.s3.secret-key",
          "s = ü",
          Connection.GATEWAY_URL,
          "http://127.0.0.1:3");

  @Test
  void isReadBackFromItsDirectoryAndIsItsOwnersAlone(@TempDir Path directory) throws IOException {
    new Connection(VALUES).write(directory);
    Connection read = Connection.of(directory);
    assertThat(read.values()).containsAllEntriesOf(VALUES);
    assertThat(read.gatewayUrl()).hasToString("http://127.0.0.1:3");
    assertThat(read.kafka().bootstrapServers()).isEqualTo("127.0.0.1:1");
    assertThat(read.s3().secretKey()).isEqualTo("s = ü");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(directory.resolve("connection.properties"))))
        .isEqualTo("rw-------");
  }

  /**
   * A kill in the middle of writing leaves the old values, and is no obstacle to the next write.
   */
  @Test
  void isReplacedInOneStep(@TempDir Path directory) throws IOException {
    new Connection(VALUES).write(directory);
    Path file = directory.resolve("connection.properties");
    Path link = Files.createLink(directory.resolve("link"), file);
    byte[] before = Files.readAllBytes(link);
    Files.writeString(directory.resolve("connection.properties.new"), "diffstream.s3.sec");
    new Connection(Map.of(Connection.GATEWAY_URL, "http://127.0.0.1:4")).write(directory);
    assertThat(Files.readAllBytes(link)).as("the old file was not written over").isEqualTo(before);
    assertThat(Connection.of(directory).gatewayUrl()).hasToString("http://127.0.0.1:4");
    assertThat(directory.resolve("connection.properties.new")).doesNotExist();
  }

  @Test
  void theEnvironmentHasTheServicesNames() {
    assertThat(new Connection(VALUES).environment())
        .containsEntry("DIFFSTREAM_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
        .containsEntry("DIFFSTREAM_S3_SECRET_KEY", "s = ü");
  }
}
