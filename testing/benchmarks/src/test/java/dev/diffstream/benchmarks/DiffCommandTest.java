package dev.diffstream.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with its files is told in one line. */
class DiffCommandTest {
  @TempDir private Path directory;

  @Test
  void namesTheFileThatCannotBeRead() throws IOException {
    Path text = Files.writeString(directory.resolve("text"), "no diff, but long enough for one");
    refused("nope: no such file", directory.resolve("nope").toString());
    refused("MALFORMED_DIFF: " + text + ": ", text.toString());
    refused("got a directory", directory.toString());
  }

  @Test
  void looksAtTheReportsPlaceBeforeItMeasures() {
    refused(
        "INVALID_REQUEST: cannot write " + directory,
        "no diff at all",
        "--json",
        directory.toString());
  }

  private static void refused(String message, String... arguments) {
    StringWriter err = new StringWriter();
    String[] all = new String[arguments.length + 1];
    all[0] = "diff";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    int status = message.startsWith("INVALID_REQUEST") ? 2 : 1;
    assertThat(Main.commandLine().setErr(new PrintWriter(err)).execute(all)).isEqualTo(status);
    assertThat(err.toString()).contains(message).doesNotContain("Exception").hasLineCount(1);
  }
}
