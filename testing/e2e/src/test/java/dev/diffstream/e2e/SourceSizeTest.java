package dev.diffstream.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Production code stays small enough to be found and read: see CONTRIBUTING.md. */
class SourceSizeTest {
  private static final int MAX_CLASSES = 20;
  private static final int MAX_LINES = 400;

  private final Path home =
      Path.of(System.getProperty("diffstream.home", "../..")).toAbsolutePath().normalize();

  @Test
  void noPackageHasMoreThanTwentyClasses() throws IOException {
    Map<String, Long> classes =
        sources().stream()
            .filter(file -> !file.endsWith("package-info.java"))
            .collect(
                Collectors.groupingBy(
                    file -> home.relativize(file.getParent()).toString(),
                    TreeMap::new,
                    Collectors.counting()));
    assertThat(classes).isNotEmpty();
    classes.values().removeIf(count -> count <= MAX_CLASSES);
    assertThat(classes).as("packages of more than %d classes", MAX_CLASSES).isEmpty();
  }

  @Test
  void noFileHasMoreThanFourHundredLines() throws IOException {
    Map<String, Integer> tooLong = new TreeMap<>();
    for (Path file : sources()) {
      int lines = Files.readAllLines(file).size();
      if (lines > MAX_LINES) {
        tooLong.put(home.relativize(file).toString(), lines);
      }
    }
    assertThat(tooLong).as("files of more than %d lines", MAX_LINES).isEmpty();
  }

  private List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.walk(home)) {
      List<Path> sources =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .filter(file -> file.toString().contains("/src/main/java/"))
              .toList();
      assertThat(sources).hasSizeGreaterThan(300);
      return sources;
    }
  }
}
