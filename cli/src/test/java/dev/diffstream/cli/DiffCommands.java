package dev.diffstream.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.DenseHead;
import dev.diffstream.schemas.event.Objective;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands as a person gives them, on a tiny base. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DiffCommands {
  static final String BASE = TinyDiffs.BASE.toString();
  static final Predicate<String> ALL = name -> true;

  record Outcome(int status, String out, String err) {}

  @TempDir Path directory = Path.of("");
  Base base = TinyDiffs.base();

  @AfterAll
  void close() {
    base.close();
  }

  Path diff(long seed, Predicate<String> chosen) {
    Diff diff = TinyDiffs.random(base, seed, Objective.CLASSIFICATION, chosen);
    return TinyDiffs.write(diff, directory.resolve("diff-" + seed));
  }

  static Diff read(Path file) {
    return DiffReader.read(ByteBuffer.wrap(bytes(file)));
  }

  static float[] weights(Diff diff) {
    return ((DenseHead) diff.head()).weight();
  }

  static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static String[] append(String[] first, String... more) {
    return java.util.stream.Stream.of(first, more)
        .flatMap(java.util.Arrays::stream)
        .toArray(String[]::new);
  }

  static Outcome run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int status = commandLine.execute(arguments);
    return new Outcome(status, out.toString(), err.toString());
  }

  Outcome export(Path file, String format, Path out, String... more) {
    Outcome outcome =
        run(
            append(
                new String[] {
                  "diff",
                  "export",
                  file.toString(),
                  "--format",
                  format,
                  "--base",
                  BASE,
                  "--out",
                  out.toString()
                },
                more));
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.status()).isZero();
    return outcome;
  }

  Outcome importInto(Path out, String format, Path source, String... more) {
    Outcome outcome =
        run(
            append(
                new String[] {
                  "diff",
                  "import",
                  source.toString(),
                  "--format",
                  format,
                  "--base",
                  BASE,
                  "--out",
                  out.toString()
                },
                more));
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.status()).isZero();
    return outcome;
  }
}
