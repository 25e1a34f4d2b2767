package dev.diffstream.schemas.diff.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.diffstream.schemas.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that attackers would send, each wrong in what its name says. */
class HostileFilesTest {
  private static final Path DIRECTORY = Path.of("src/test/resources/v1/hostile");

  /** A table of 2^20 rows, 2^20 bytes of names, and what else does not grow with the file. */
  private static final long ONCE = 16 << 20;

  @ParameterizedTest
  @MethodSource("names")
  void isRefusedWithItsCode(String name) throws IOException {
    byte[] file = Files.readAllBytes(DIRECTORY.resolve(name));
    assertThat(HostileRead.check(file, ONCE)).isEqualTo(code(name));
  }

  static List<String> names() throws IOException {
    try (Stream<Path> paths = Files.list(DIRECTORY)) {
      return paths.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private static ErrorCode code(String name) {
    int dot = name.lastIndexOf('.');
    String suffix = name.substring(dot + 1);
    return suffix.equals(suffix.toUpperCase(Locale.ROOT))
        ? ErrorCode.valueOf(suffix)
        : ErrorCode.MALFORMED_DIFF;
  }

  /** Makes them again if {@code goldens.write} is set, as the goldens. */
  @Test
  void areWhatTheirMakersMake() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    HostileContainers.addTo(files);
    HostileCodes.addTo(files);
    HostilePlainFiles.addTo(files);
    if (Boolean.getBoolean("goldens.write")) {
      Files.createDirectories(DIRECTORY);
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        Files.write(DIRECTORY.resolve(file.getKey()), file.getValue());
      }
    }
    assertThat(names()).containsExactlyElementsOf(files.keySet());
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      byte[] kept = Files.readAllBytes(DIRECTORY.resolve(file.getKey()));
      assertThat(Arrays.equals(kept, file.getValue())).as(file.getKey()).isTrue();
    }
  }

  /** Otherwise the handmade ones might be refused for something else than their names say. */
  @Test
  void whatTheyDifferFromIsRead() {
    assertThat(HostileRead.check(HostileCodes.sound())).isNull();
    assertThat(HostileRead.check(HostilePlainFiles.sound())).isNull();
    assertThat(DiffReader.read(HostileCodes.sound()).tensors())
        .usingRecursiveComparison()
        .isEqualTo(DiffReader.read(HostilePlainFiles.sound()).tensors());
  }

  /** Too large to be kept: what 64 bytes for a byte of the file are measured by. */
  @ParameterizedTest
  @MethodSource("bombs")
  void bombsAllocateNoMoreThanPromised(String name, byte[] file) {
    long price = HostileRead.price(file);
    System.out.printf("%s: %.1f bytes for each%n", name, (double) price / file.length);
    assertThat(price).as(name).isLessThan(64L * file.length + ONCE);
  }

  static Stream<Arguments> bombs() {
    return Bombs.byName().entrySet().stream().map(e -> arguments(e.getKey(), e.getValue()));
  }
}
