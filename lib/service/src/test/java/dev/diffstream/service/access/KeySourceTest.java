package dev.diffstream.service.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.access.AccessKeys;
import dev.diffstream.schemas.access.ApiKey;
import dev.diffstream.schemas.access.ApiKeySecret;
import dev.diffstream.schemas.json.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeySourceTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  private static ApiKey key() {
    String digest = ApiKeySecret.create(new SecureRandom()).digest();
    return new ApiKey(
        ApiKeySecret.id(digest), "ada", List.of("read"), null, digest, "root", NOW, null);
  }

  @Test
  void keysOfTheBucketComeGoAndAreRevoked() {
    MemoryObjectStore store = new MemoryObjectStore();
    BucketKeys source = new BucketKeys(store);
    assertThat(source.read().size()).isZero();
    ApiKey key = key();
    store.put(AccessKeys.apiKey(key.id()), Json.write(key), Map.of());
    assertThat(source.read().find(key.digest(), NOW)).isNotNull();

    ApiKey other = key();
    String place = AccessKeys.apiKey("0123456789abcdef");
    store.put(place, Json.write(other), Map.of()); // a key under another's name opens nothing
    store.put(AccessKeys.apiKey("1".repeat(16)), "{".getBytes(StandardCharsets.UTF_8), Map.of());
    store.put("access/keys/notes.txt", new byte[1], Map.of());
    assertThat(source.read().size()).isEqualTo(1);

    store.put(AccessKeys.apiKeyRevocation(key.id()), new byte[0], Map.of());
    assertThat(source.read().find(key.digest(), NOW)).isNull();
  }

  @Test
  void keysOfAFileAreReadAgain(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("keys.json");
    FileKeys source = new FileKeys(file);
    assertThatThrownBy(source::read)
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining("keys.json");
    ApiKey key = key();
    Files.write(file, Json.write(List.of(key)));
    assertThat(source.read().find(key.digest(), NOW)).isNotNull();
    Files.writeString(file, "[]");
    assertThat(source.read().size()).isZero();
    Files.writeString(file, "[{");
    assertThatThrownBy(source::read).isInstanceOf(DiffstreamException.class);
  }
}
