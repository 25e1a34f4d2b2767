package dev.diffstream.cli.demo;

import dev.diffstream.schemas.data.HeldOutSplit.Side;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The demo's data sets as files, split as a worker splits them. */
public final class DemoFiles {
  private DemoFiles() {}

  /** Writes {@code <task>/{train,dev,test}.tsv}: label, text and second text, without header. */
  public static void write(Path directory) throws IOException {
    for (DemoTask task : DemoTask.ALL) {
      Path folder = Files.createDirectories(directory.resolve(task.id()));
      for (Side side : Side.values()) {
        List<String> lines = task.rows(side).stream().map(DemoFiles::line).toList();
        Files.write(folder.resolve(side.name().toLowerCase(Locale.ROOT) + ".tsv"), lines);
      }
    }
  }

  /** Deletes what {@link #write} wrote, and the directory. */
  public static void delete(Path directory) throws IOException {
    List<Path> all;
    try (Stream<Path> walked = Files.walk(directory)) {
      all = walked.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }

  /** Single texts of the data sets, in their order. */
  public static List<String> texts() {
    return DemoTask.ALL.stream()
        .flatMap(task -> task.rows().stream())
        .filter(row -> row.question().textPair() == null)
        .map(row -> row.question().text())
        .toList();
  }

  private static String line(DemoTask.Row row) {
    String pair = row.question().textPair();
    String line = row.label() + "\t" + row.question().text() + (pair == null ? "" : "\t" + pair);
    if (line.lines().count() != 1 || line.chars().filter(c -> c == '\t').count() > 2) {
      throw new IllegalStateException("a text with a tab or a line break: " + line);
    }
    return line;
  }
}
