package dev.diffstream.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.DiffstreamException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class StoreProbeTest {
  private final MemoryObjectStore memory = new MemoryObjectStore();

  @Test
  void refusesAStoreThatIgnoresTheCondition() {
    refuses(
        new Flawed(memory) {
          @Override
          public PutOutcome putIfAbsent(String key, byte[] bytes, Map<String, String> metadata) {
            put(key, bytes, metadata);
            return PutOutcome.CREATED;
          }
        },
        "exactly one must win, here 16 did");
  }

  @Test
  void refusesAStoreThatLetsNobodyWin() {
    refuses(
        new Flawed(memory) {
          @Override
          public PutOutcome putIfAbsent(String key, byte[] bytes, Map<String, String> metadata) {
            return PutOutcome.EXISTS;
          }
        },
        "here 0 did");
  }

  @Test
  void refusesAStoreThatLosesMetadata() {
    refuses(
        new Flawed(memory) {
          @Override
          public void put(String key, byte[] bytes, Map<String, String> metadata) {
            super.put(key, bytes, Map.of());
          }
        },
        "metadata: ");
  }

  @Test
  void refusesAStoreThatIgnoresRanges() {
    refuses(
        new Flawed(memory) {
          @Override
          public Optional<byte[]> getRange(String key, long offset, int length) {
            return get(key, Long.MAX_VALUE).map(all -> Arrays.copyOf(all, length));
          }
        },
        "ranged read: ");
  }

  @Test
  void sweepsWhatAKilledProbeLeftAndNothingElse() {
    memory.put("probe/0000000000001-old/race", new byte[1], Map.of());
    memory.put("probe/9999999999999-running/race", new byte[1], Map.of());
    memory.put("tasks/x", new byte[1], Map.of());
    StoreProbe.run(memory);
    assertThat(memory.list("")).containsExactly("probe/9999999999999-running/race", "tasks/x");
  }

  private void refuses(ObjectStore flawed, String reason) {
    assertThatThrownBy(() -> StoreProbe.run(flawed))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining(reason);
    assertThat(memory.list("")).isEmpty();
  }

  /** A store whose subclasses break one promise. */
  private static class Flawed implements ObjectStore {
    private final ObjectStore sound;

    Flawed(ObjectStore sound) {
      this.sound = sound;
    }

    @Override
    public Optional<ObjectInfo> stat(String key) {
      return sound.stat(key);
    }

    @Override
    public Optional<byte[]> get(String key, long maxBytes) {
      return sound.get(key, maxBytes);
    }

    @Override
    public Optional<byte[]> getRange(String key, long offset, int length) {
      return sound.getRange(key, offset, length);
    }

    @Override
    public Optional<InputStream> open(String key) {
      return sound.open(key);
    }

    @Override
    public void put(String key, byte[] bytes, Map<String, String> metadata) {
      sound.put(key, bytes, metadata);
    }

    @Override
    public PutOutcome putIfAbsent(String key, byte[] bytes, Map<String, String> metadata) {
      return sound.putIfAbsent(key, bytes, metadata);
    }

    @Override
    public void upload(String key, InputStream content, Map<String, String> metadata) {
      sound.upload(key, content, metadata);
    }

    @Override
    public Stream<String> list(String prefix) {
      return sound.list(prefix);
    }

    @Override
    public Stream<Listed> entries(String prefix, String after) {
      return sound.entries(prefix, after);
    }

    @Override
    public void delete(String key) {
      sound.delete(key);
    }

    @Override
    public void close() {}
  }
}
