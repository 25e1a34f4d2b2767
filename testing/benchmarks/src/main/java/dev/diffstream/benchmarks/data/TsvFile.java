package dev.diffstream.benchmarks.data;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads tab-separated files without header and without quoting: label, text and, on every line or
 * on none, a second text. Empty lines are skipped.
 */
final class TsvFile {
  private TsvFile() {}

  /** DATA_UNREADABLE if there is no such file; INVALID_RECORD for a line of another form. */
  static List<LabelledText> read(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw new DiffstreamException(ErrorCode.DATA_UNREADABLE, file + " cannot be read: " + e, e);
    }
    List<LabelledText> rows = new ArrayList<>(lines.size());
    int columns = 0;
    for (int i = 0; i < lines.size(); i++) {
      String[] fields = lines.get(i).split("\t", -1);
      if (lines.get(i).isBlank()) {
        continue;
      }
      columns = columns == 0 ? fields.length : columns;
      if (fields.length != columns || columns < 2 || columns > 3) {
        throw new DiffstreamException(
            ErrorCode.INVALID_RECORD,
            "%s line %d has %d fields, expected %s"
                .formatted(
                    file,
                    i + 1,
                    fields.length,
                    rows.isEmpty() ? "label, text and perhaps a second text" : columns));
      }
      rows.add(new LabelledText(fields[0].strip(), fields[1], columns == 3 ? fields[2] : null));
    }
    return rows;
  }
}
