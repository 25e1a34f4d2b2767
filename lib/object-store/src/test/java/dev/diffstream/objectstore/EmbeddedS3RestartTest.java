package dev.diffstream.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.embedded.EmbeddedS3;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Here and not in its own module, since it takes a client to see what a server kept. */
final class EmbeddedS3RestartTest {
  @TempDir Path directory;

  @Test
  void objectsAndTheirMetadataOutliveTheServer() {
    try (EmbeddedS3 server = EmbeddedS3.start(TestServers.options(directory));
        S3ObjectStore store = TestServers.connect(server.endpoint())) {
      store.putIfAbsent("kept", new byte[] {7}, Map.of("name", "v"));
    }
    try (EmbeddedS3 server = EmbeddedS3.start(TestServers.options(directory));
        S3ObjectStore store = TestServers.connect(server.endpoint())) {
      assertThat(store.stat("kept"))
          .hasValue(new ObjectStore.ObjectInfo("kept", 1, Map.of("name", "v")));
      assertThat(store.putIfAbsent("kept", new byte[] {8}, Map.of())).isEqualTo(PutOutcome.EXISTS);
    }
  }

  @Test
  void aTakenPortIsNamed() {
    try (EmbeddedS3 first = EmbeddedS3.start(TestServers.options(directory))) {
      int port = first.endpoint().getPort();
      var second =
          new EmbeddedS3.Options(
              directory, port, TestServers.ACCESS_KEY, TestServers.SECRET_KEY, "diffstream");
      assertThatThrownBy(() -> EmbeddedS3.start(second))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("port " + port);
    }
  }
}
