package dev.diffstream.worker.data;

import dev.diffstream.worker.data.RecordParser.BadRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** The fields of one CSV or TSV record. */
final class FieldSplitter {
  private static final CSVFormat CSV =
      CSVFormat.RFC4180.builder().setIgnoreSurroundingSpaces(false).get();

  private FieldSplitter() {}

  static List<String> tsv(String record) {
    return List.of(record.split("\t", -1));
  }

  static List<String> csv(String record) throws BadRecord {
    try (CSVParser parser = CSVParser.parse(record, CSV)) {
      List<CSVRecord> records = parser.getRecords();
      if (records.size() != 1) {
        throw BadRecord.malformed(
            "a carriage return (CR, U+000D) stands outside of double quotes and is not a line end");
      }
      return records.getFirst().toList();
    } catch (IOException | UncheckedIOException | IllegalStateException e) {
      throw BadRecord.malformed(
          record.contains("\\\"")
              ? "not CSV: double quotes within a field must be doubled (\"\"), not escaped by a"
                  + " backslash: "
                  + QuotedText.plain(record)
              : "not CSV: characters stand behind a closing double quote: "
                  + QuotedText.plain(record));
    }
  }
}
