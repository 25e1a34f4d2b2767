package dev.diffstream.cli.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives of a program that says whether its JVM shares its classes, made by real JVMs. */
class ClassArchiveTest {
  private static final String FROM_ARCHIVE = "SharedProgram source: shared objects file";

  private final Path directory;
  private final Path jar;

  ClassArchiveTest(@TempDir Path directory) throws IOException {
    this.directory = directory.resolve("classes");
    this.jar = directory.resolve("program.jar");
    ProgramJar.write(jar, SharedProgram.class);
  }

  @Test
  void aProgramThatRanHasItsClassesFromTheArchiveAtTheNextStart() throws Exception {
    assertThat(run(launch("one"))).doesNotContainPattern(FROM_ARCHIVE);
    assertThat(archive("one").make()).isTrue();
    assertThat(run(launch("one"))).contains("hello").containsPattern(FROM_ARCHIVE);
  }

  @Test
  void whatWasMadeIsNotMadeAgain() throws Exception {
    run(launch("one"));
    archive("one").make();
    List<Path> made = files();
    assertThat(archive("one").make()).isTrue();
    assertThat(files()).isEqualTo(made);
  }

  @Test
  void aTornOrForeignFileKeepsNothingFromStarting() throws Exception {
    run(launch("one"));
    archive("one").make();
    Path file = archived("one");
    byte[] whole = Files.readAllBytes(file);
    for (int length : List.of(0, 100, 4096, whole.length / 2)) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThat(run(launch("one"))).as("%d bytes of it", length).contains("hello");
    }
    Files.write(file, new byte[whole.length]);
    assertThat(run(launch("one"))).contains("hello");
  }

  @Test
  void anotherBuildHasAnotherArchiveAndTheOldOneGoes() throws Exception {
    run(launch("one"));
    archive("one").make();
    Path old = archived("one");
    ProgramJar.write(jar, SharedProgram.class);
    Files.setLastModifiedTime(jar, FileTime.fromMillis(1_000));
    assertThat(archive("one").exists()).isFalse();
    assertThat(run(launch("one"))).contains("hello");
    assertThat(old).doesNotExist();
    assertThat(archive("one").make()).isTrue();
    assertThat(run(launch("one"))).containsPattern(FROM_ARCHIVE);
  }

  @Test
  void servicesShareNoFile() throws Exception {
    run(launch("one"));
    run(launch("another"));
    archive("one").make();
    archive("another").make();
    assertThat(archived("one")).isNotEqualTo(archived("another"));
    archive("one").remove();
    assertThat(archive("one").exists()).isFalse();
    assertThat(archive("another").exists()).isTrue();
  }

  @Test
  void aProgramThatNeverRanHasNone() throws Exception {
    assertThat(archive("one").make()).isFalse();
  }

  @Test
  void aDirectoryThatCannotBeMadeKeepsNothingFromStarting() throws Exception {
    Files.writeString(directory, "a file lies there");
    assertThat(run(launch("one"))).contains("hello");
    assertThat(archive("one").make()).isFalse();
  }

  @Test
  void whatAnInterruptCutOffIsNoArchive() throws Exception {
    run(launch("one"));
    Thread making =
        Thread.ofPlatform()
            .start(
                () -> {
                  Thread.currentThread().interrupt();
                  launch("one").makeArchive();
                });
    making.join();
    assertThat(archive("one").exists()).isFalse();
    assertThat(run(launch("one"))).contains("hello");
  }

  private Launch launch(String service) {
    return Launch.ofJar(service, jar, List.of("-XX:+UseSerialGC"), directory);
  }

  private ClassArchive archive(String service) {
    return Objects.requireNonNull(launch(service).archive());
  }

  private Path archived(String service) throws IOException {
    return files().stream()
        .filter(file -> file.getFileName().toString().startsWith(service + "-"))
        .filter(file -> file.toString().endsWith(".jsa"))
        .findFirst()
        .orElseThrow();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }

  /** Its output, with a line for each class that says where it came from. */
  private String run(Launch launch) throws Exception {
    List<String> command = new ArrayList<>(launch.command());
    command.add(1, "-Xlog:class+load");
    Path output = Files.createTempFile(jar.getParent(), "output", ".txt");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    String text = Files.readString(output);
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }
}
