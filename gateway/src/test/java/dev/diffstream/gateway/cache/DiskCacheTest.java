package dev.diffstream.gateway.cache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DiskCacheTest {
  private static final long LARGE = 1 << 20;
  private static final byte[] DIFF = "a diff file".repeat(100).getBytes(UTF_8);
  private static final String DIGEST = Sha256.of(DIFF);
  private static final String KEY = Sha256.of("a key");

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  @TempDir private Path directory;

  private DiskCache open() {
    return open(directory, LARGE);
  }

  private DiskCache open(Path at, long maxBytes) {
    return DiskCache.open(at, maxBytes, () -> now);
  }

  private static byte[] read(DiffCache cache, String digest) {
    return cache.read(digest, LARGE).orElse(new byte[0]);
  }

  @Test
  void whatWasWrittenIsThereAfterARestart() {
    String signature = ObjectKeys.signature(DIGEST, KEY);
    DiskCache cache = open();
    assertThat(cache.read(DIGEST, LARGE)).isEmpty();
    cache.write(DIGEST, DIFF, Map.of(signature, new byte[] {1, 2}));
    cache.tested(DIGEST, "build 1");
    for (DiskCache each : new DiskCache[] {cache, open()}) {
      assertThat(each.contains(DIGEST)).isTrue();
      assertThat(read(each, DIGEST)).isEqualTo(DIFF);
      assertThat(each.signature(signature, 10)).hasValue(new byte[] {1, 2});
      assertThat(each.isTested(DIGEST, "build 1")).isTrue();
      assertThat(each.isTested(DIGEST, "build 2")).isFalse();
      assertThat(each.bytes()).isEqualTo(DIFF.length + 2 + 7);
      assertThat(each.counts().hits().sum()).isEqualTo(1);
      assertThat(each.counts().failures().sum()).isZero();
    }
    assertThat(cache.counts().misses().sum()).isEqualTo(1);
    cache.untested(DIGEST);
    assertThat(open().isTested(DIGEST, "build 1")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"flipped", "cut", "empty", "longer"})
  void aDamagedFileIsNeverReadAndIsRemoved(String damage) throws IOException {
    open().write(DIGEST, DIFF, Map.of());
    open().tested(DIGEST, "build 1");
    byte[] damaged =
        switch (damage) {
          case "flipped" -> {
            byte[] bytes = DIFF.clone();
            bytes[500] ^= 1;
            yield bytes;
          }
          case "cut" -> Arrays.copyOf(DIFF, DIFF.length - 1);
          case "empty" -> new byte[0];
          default -> Arrays.copyOf(DIFF, DIFF.length + 1);
        };
    Files.write(directory.resolve(DIGEST), damaged);
    DiskCache cache = open();
    assertThat(cache.read(DIGEST, LARGE)).isEmpty();
    assertThat(cache.counts().damaged().sum()).isEqualTo(1);
    assertThat(cache.counts().misses().sum()).isEqualTo(1);
    assertThat(directory).isEmptyDirectory();
    assertThat(cache.isTested(DIGEST, "build 1")).isFalse();
    cache.write(DIGEST, DIFF, Map.of());
    assertThat(read(cache, DIGEST)).isEqualTo(DIFF);
  }

  @Test
  void whatSomebodyDeletedIsAMiss() throws IOException {
    DiskCache cache = open();
    cache.write(DIGEST, DIFF, Map.of());
    Files.delete(directory.resolve(DIGEST));
    assertThat(cache.read(DIGEST, LARGE)).isEmpty();
    assertThat(cache.contains(DIGEST)).isFalse();
    assertThat(cache.bytes()).isZero();
    assertThat(cache.counts().damaged().sum()).isZero();
  }

  @Test
  void largerFilesThanAreWantedAreNotRead() {
    DiskCache cache = open();
    cache.write(DIGEST, DIFF, Map.of());
    assertThat(cache.read(DIGEST, DIFF.length - 1)).isEmpty();
    assertThat(read(cache, DIGEST)).isEqualTo(DIFF);
  }

  private String put(DiskCache cache, String text) {
    now = now.plus(Duration.ofSeconds(1));
    byte[] bytes = text.getBytes(UTF_8);
    cache.write(Sha256.of(bytes), bytes, Map.of());
    return Sha256.of(bytes);
  }

  @Test
  void whatWasNotUsedForLongestIsRemovedAndWhatIsInUseNever() {
    DiskCache cache = open(directory, 30);
    String first = put(cache, "1234567890");
    String second = put(cache, "2234567890");
    String third = put(cache, "3234567890");
    assertThat(cache.isOverBound()).isFalse();
    now = now.plus(Duration.ofSeconds(1));
    assertThat(read(cache, first)).hasSize(10);
    String fourth = put(cache, "4234567890");
    assertThat(cache.isOverBound()).isTrue();
    DiskCache restarted = open(directory, 30); // the order is that of before
    restarted.evict(Set.of(third));
    assertThat(Stream.of(first, second, third, fourth).filter(restarted::contains))
        .containsExactly(first, third, fourth);
    assertThat(restarted.bytes()).isEqualTo(30);
    assertThat(restarted.counts().evictions().sum()).isEqualTo(1);
    DiskCache tiny = open(directory, 0);
    tiny.evict(Set.of(first, third, fourth));
    assertThat(tiny.bytes()).isEqualTo(30);
    assertThat(tiny.isOverBound()).isTrue();
    tiny.evict(Set.of());
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void halfWrittenFilesAreRemovedAndForeignOnesLeftAlone() throws IOException {
    Files.write(directory.resolve(DIGEST + ".x.tmp"), DIFF);
    Files.write(directory.resolve("readme"), DIFF);
    Files.createDirectory(directory.resolve(Sha256.of("a directory")));
    DiskCache cache = open(directory, 0);
    assertThat(cache.bytes()).isZero();
    cache.evict(Set.of());
    assertThat(directory).isNotEmptyDirectory();
    assertThat(directory.resolve("readme")).exists();
    assertThat(directory.resolve(DIGEST + ".x.tmp")).doesNotExist();
  }

  @Test
  void aDirectoryThatCannotBeIsCountedAndPassedOver() throws IOException {
    Path file = Files.write(directory.resolve("file"), DIFF);
    DiskCache cache = open(file.resolve("cache"), LARGE);
    cache.write(DIGEST, DIFF, Map.of());
    cache.tested(DIGEST, "build 1");
    assertThat(cache.read(DIGEST, LARGE)).isEmpty();
    assertThat(cache.isTested(DIGEST, "build 1")).isFalse();
    assertThat(cache.counts().failures().sum()).isPositive();
    assertThat(cache.bytes()).isZero();
  }

  @Test
  void aFullDiskIsCountedAndLeavesNothingHalfWritten() throws IOException {
    Configuration small = Configuration.unix().toBuilder().setMaxSize(64 << 10).build();
    try (FileSystem disk = Jimfs.newFileSystem(small)) {
      Path at = disk.getPath("/cache");
      DiskCache cache = open(at, LARGE);
      cache.write(DIGEST, DIFF, Map.of());
      byte[] large = new byte[100_000];
      cache.write(Sha256.of(large), large, Map.of());
      assertThat(cache.counts().failures().sum()).isEqualTo(1);
      assertThat(cache.contains(Sha256.of(large))).isFalse();
      assertThat(read(cache, DIGEST)).isEqualTo(DIFF);
      try (Stream<Path> files = Files.list(at)) {
        assertThat(files.map(path -> path.getFileName().toString())).containsExactly(DIGEST);
      }
    }
  }

  @Test
  void onlySignaturesOfDiffsAreKept() {
    assertThatThrownBy(() -> open().signature("diffs/sha256/../../x", 10))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
