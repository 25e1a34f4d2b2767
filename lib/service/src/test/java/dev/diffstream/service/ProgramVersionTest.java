package dev.diffstream.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramVersionTest {
  @Test
  void everyByteAndNameOfTheClassesCounts(@TempDir Path directory) throws IOException {
    Path file = Files.createDirectories(directory.resolve("dev")).resolve("A.class");
    Files.write(file, new byte[] {1, 2});
    String first = ProgramVersion.of(directory);
    assertThat(ProgramVersion.of(directory)).isEqualTo(first).matches("build-[0-9a-f]{16}");
    Files.write(file, new byte[] {1, 3});
    assertThat(ProgramVersion.of(directory)).isNotEqualTo(first);
    Files.write(file, new byte[] {1, 2});
    assertThat(ProgramVersion.of(directory)).isEqualTo(first);
    Files.move(file, file.resolveSibling("B.class"));
    assertThat(ProgramVersion.of(directory)).isNotEqualTo(first);
  }

  @Test
  void aJarIsHashedAsAFile(@TempDir Path directory) throws IOException {
    Path jar = Files.write(directory.resolve("a.jar"), new byte[] {1, 2});
    String first = ProgramVersion.of(jar);
    Files.write(jar, new byte[] {1, 2, 3});
    assertThat(ProgramVersion.of(jar)).isNotEqualTo(first);
  }

  @Test
  void thisProgramHasOne() {
    assertThat(ProgramVersion.of(List.of(ProgramVersion.class, Sha256.class)))
        .matches("build-[0-9a-f]{16}");
  }
}
