package dev.diffstream.cli.score;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * A table with a header, its fields separated by commas or tabs. The output has all columns, and
 * those of the prediction behind them.
 */
final class CsvTable implements RowFormat<List<String>> {
  private static final List<String> COLUMNS =
      List.of("", "_confidence", "_truncated", "_version", "_digest", "_error");

  private final CSVFormat format;
  private final String text;
  private final @Nullable String pair;
  private final String field;
  private List<String> columns = List.of();

  /**
   * @param pair column of the second text, of tasks that compare two; else null
   * @param field with which the names of the prediction's columns begin
   */
  CsvTable(char separator, String text, @Nullable String pair, String field) {
    this.format =
        CSVFormat.RFC4180
            .builder()
            .setDelimiter(separator)
            .setIgnoreEmptyLines(true)
            .setRecordSeparator("\n")
            .get();
    this.text = text;
    this.pair = pair;
    this.field = field;
  }

  @Override
  public Rows<List<String>> read(BufferedReader in) throws IOException {
    Iterator<CSVRecord> records = CSVParser.parse(in, format).iterator();
    columns = records.hasNext() ? records.next().toList() : List.of();
    int textAt = expectColumn(text);
    int pairAt = pair == null ? -1 : expectColumn(pair);
    if (columns.contains(field)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "the file has a column " + field + " already; name another with --field");
    }
    return new Records(records, textAt, pairAt);
  }

  private int expectColumn(String name) {
    int at = columns.indexOf(name);
    if (at < 0) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "expected a column " + name + " in the first line, it has " + columns);
    }
    return at;
  }

  private final class Records implements Rows<List<String>> {
    private final Iterator<CSVRecord> records;
    private final int textAt;
    private final int pairAt;

    Records(Iterator<CSVRecord> records, int textAt, int pairAt) {
      this.records = records;
      this.textAt = textAt;
      this.pairAt = pairAt;
    }

    @Override
    public boolean hasNext() {
      try {
        return records.hasNext();
      } catch (UncheckedIOException e) {
        if (e.getCause() instanceof CharacterCodingException) {
          throw e;
        }
        throw new DiffstreamException(
            ErrorCode.INVALID_REQUEST, "the table cannot be read on: " + e.getMessage(), e);
      }
    }

    @Override
    public Row<List<String>> next() {
      CSVRecord row = records.next();
      List<String> fields = row.toList();
      if (fields.size() != columns.size()) {
        return Row.faulty(
            fields,
            "INVALID_REQUEST: row %d has %d fields, the header %d"
                .formatted(row.getRecordNumber(), fields.size(), columns.size()));
      }
      return Row.of(fields, fields.get(textAt), pairAt < 0 ? null : fields.get(pairAt));
    }
  }

  @Override
  public String header() {
    List<String> all = new ArrayList<>(columns);
    COLUMNS.forEach(suffix -> all.add(field + suffix));
    return line(all);
  }

  /** A row with too few fields gets empty ones; of one with too many, none is lost. */
  @Override
  public String write(Row<List<String>> row, RowPrediction prediction) {
    List<String> all = new ArrayList<>(row.original());
    while (all.size() < columns.size()) {
      all.add("");
    }
    all.add(prediction.main());
    for (String suffix : COLUMNS.subList(1, COLUMNS.size())) {
      all.add(prediction.text(suffix.substring(1)));
    }
    return line(all);
  }

  private String line(List<String> fields) {
    return Objects.requireNonNull(format.format(fields.toArray())) + "\n";
  }
}
