package dev.diffstream.cli.file;

import dev.diffstream.schemas.json.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The figures of a benchmark: one line of JSON, printed and kept. */
public final class FigureReport {
  private FigureReport() {}

  /**
   * @param figures in the order in which they are shown
   * @param json takes them too; null: nothing does
   * @return what was printed
   */
  public static String print(Map<String, ?> figures, @Nullable Path json) {
    String report = new String(Json.writeUnsorted(figures), StandardCharsets.UTF_8);
    System.out.println(report);
    if (json != null) {
      OutputFile.write(json, report + "\n");
    }
    return report;
  }
}
