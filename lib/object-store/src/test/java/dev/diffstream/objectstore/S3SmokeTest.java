package dev.diffstream.objectstore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.embedded.EmbeddedS3;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class S3SmokeTest {
  @Test
  void createsReadsListsAndDeletes(@TempDir Path directory) {
    var options = new EmbeddedS3.Options(directory, 0, "access", "secret-key", "diffstream");
    try (EmbeddedS3 server = EmbeddedS3.start(options);
        S3ObjectStore store =
            new S3ObjectStore(
                new S3Settings(
                    server.endpoint(),
                    "us-east-1",
                    "diffstream",
                    "access",
                    "secret-key",
                    S3Settings.DEFAULT_TIMEOUT))) {
      store.ping();
      byte[] bytes = "one".getBytes(UTF_8);
      assertThat(store.putIfAbsent("a/b", bytes, Map.of("name", "v")))
          .isEqualTo(PutOutcome.CREATED);
      assertThat(store.putIfAbsent("a/b", bytes, Map.of())).isEqualTo(PutOutcome.EXISTS);
      assertThat(store.get("a/b", 3)).hasValue(bytes);
      assertThat(store.stat("a/b"))
          .hasValue(new ObjectStore.ObjectInfo("a/b", 3, Map.of("name", "v")));
      assertThat(store.list("a/")).containsExactly("a/b");
      store.delete("a/b");
      assertThat(store.get("a/b", 3)).isEmpty();
    }
  }
}
