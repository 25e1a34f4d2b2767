package dev.diffstream.registry.console.submit;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * What a file of labelled texts holds, for people to look at before it is learned from.
 *
 * @param columns as the first line names them
 * @param text column of the texts
 * @param label column of the labels
 * @param rows behind the first line
 * @param labels with their counts, the most frequent first, as many as are shown
 * @param labelCount all that there are; more than are counted are {@code "more than …"}
 * @param sample the first rows, cut
 * @param problem why nothing can be learned from it so; null if nothing is seen that speaks against
 *     it
 */
record DataPreview(
    List<String> columns,
    String text,
    String label,
    long rows,
    List<LabelCount> labels,
    String labelCount,
    List<List<String>> sample,
    @Nullable String problem) {
  private static final List<String> TEXTS =
      List.of("text", "sentence", "content", "message", "review", "question", "body", "title");
  private static final List<String> LABELS =
      List.of("label", "labels", "category", "class", "target", "topic", "intent", "sentiment");
  private static final int MAX_LABELS = 1_000;
  private static final int SHOWN_LABELS = 30;
  private static final int SHOWN_ROWS = 5;
  private static final int SHOWN_CHARS = 120;

  /** Beyond it a file is most likely one whose quote is never closed. */
  private static final int MAX_RECORD_CHARS = 1 << 20;

  /** How many rows have a label. */
  record LabelCount(String label, long rows) {}

  /** Which column is what; null: as the names of the columns say. */
  record Choice(@Nullable String text, @Nullable String label) {}

  /**
   * Reads a file to its end.
   *
   * @param name ends in {@code .csv} or {@code .tsv}
   * @throws DiffstreamException INVALID_RECORD with the line that is no record, INVALID_REQUEST for
   *     another kind of file and for a column that is not there
   */
  static DataPreview of(InputStream file, String name, Choice choice) {
    CSVFormat format =
        CSVFormat.RFC4180.builder().setDelimiter(separator(name)).setIgnoreEmptyLines(true).get();
    try (RecordReader in = new RecordReader(file);
        CSVParser parser = CSVParser.parse(in, format)) {
      try {
        return read(parser, in, choice);
      } catch (IOException | UncheckedIOException e) {
        throw new DiffstreamException(
            ErrorCode.INVALID_RECORD,
            "near line %d: %s"
                .formatted(
                    Math.max(1, parser.getCurrentLineNumber()),
                    (e.getCause() == null ? e : e.getCause()).getMessage()),
            e);
      }
    } catch (IOException e) {
      throw new DiffstreamException(ErrorCode.INVALID_REQUEST, "the file cannot be read: " + e, e);
    }
  }

  private static char separator(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.endsWith(".csv")) {
      return ',';
    }
    if (lower.endsWith(".tsv")) {
      return '\t';
    }
    throw new DiffstreamException(
        ErrorCode.INVALID_REQUEST,
        "this page takes files whose names end in .csv or .tsv, got: "
            + Bounded.value(name)
            + "; the command submit takes JSON Lines and gzip too");
  }

  private static DataPreview read(CSVParser parser, RecordReader in, Choice choice)
      throws IOException {
    Iterator<CSVRecord> records = parser.iterator();
    List<String> columns = records.hasNext() ? records.next().toList() : List.of();
    if (columns.size() < 2) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "expected a first line that names the columns, a text and a label at least, got: "
              + Bounded.value(String.join(", ", columns)));
    }
    String text = column(columns, choice.text(), TEXTS, columns.getFirst());
    String label = column(columns, choice.label(), LABELS, columns.getLast());
    Counting counting = new Counting(columns.indexOf(text), columns.indexOf(label));
    while (records.hasNext()) {
      in.nextRecord();
      counting.add(records.next());
    }
    return counting.preview(columns, text, label);
  }

  private static String column(
      List<String> columns, @Nullable String chosen, List<String> usual, String otherwise) {
    if (chosen != null) {
      if (!columns.contains(chosen)) {
        throw new DiffstreamException(
            ErrorCode.INVALID_REQUEST,
            "there is no column %s, the file has: %s"
                .formatted(Bounded.value(chosen), Bounded.value(String.join(", ", columns))));
      }
      return chosen;
    }
    for (String name : usual) {
      for (String column : columns) {
        if (column.strip().equalsIgnoreCase(name)) {
          return column;
        }
      }
    }
    return otherwise;
  }

  /** Characters of UTF-8, of which one record may have so many. */
  private static final class RecordReader extends Reader {
    private final Reader in;
    private long left = MAX_RECORD_CHARS;

    RecordReader(InputStream file) {
      this.in =
          new BufferedReader(
              new InputStreamReader(
                  file,
                  StandardCharsets.UTF_8
                      .newDecoder()
                      .onMalformedInput(CodingErrorAction.REPORT)
                      .onUnmappableCharacter(CodingErrorAction.REPORT)));
    }

    void nextRecord() {
      left = MAX_RECORD_CHARS;
    }

    @Override
    public int read(char[] buffer, int offset, int length) throws IOException {
      int n = in.read(buffer, offset, length);
      left -= Math.max(0, n);
      if (left < 0) {
        throw new IOException(
            "a record of more than "
                + MAX_RECORD_CHARS
                + " characters begins before it: is a quote not closed?");
      }
      return n;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  /** The rows so far. */
  private static final class Counting {
    private final int textAt;
    private final int labelAt;
    private final Map<String, Long> labels = new HashMap<>();
    private final List<List<String>> sample = new ArrayList<>();
    private long rows;
    private long incomplete;

    Counting(int textAt, int labelAt) {
      this.textAt = textAt;
      this.labelAt = labelAt;
    }

    void add(CSVRecord row) {
      rows++;
      if (sample.size() < SHOWN_ROWS) {
        sample.add(row.stream().map(field -> Bounded.text(field, SHOWN_CHARS)).toList());
      }
      String label = labelAt < row.size() ? row.get(labelAt).strip() : "";
      if (label.isEmpty() || textAt >= row.size() || row.get(textAt).isBlank()) {
        incomplete++;
      } else if (labels.size() <= MAX_LABELS || labels.containsKey(label)) {
        labels.merge(Bounded.text(label, SHOWN_CHARS), 1L, Long::sum);
      }
    }

    DataPreview preview(List<String> columns, String text, String label) {
      List<LabelCount> counts =
          labels.entrySet().stream()
              .map(entry -> new LabelCount(entry.getKey(), entry.getValue()))
              .sorted(
                  Comparator.comparingLong(LabelCount::rows)
                      .reversed()
                      .thenComparing(LabelCount::label))
              .limit(SHOWN_LABELS)
              .toList();
      boolean many = labels.size() > MAX_LABELS;
      return new DataPreview(
          List.copyOf(columns),
          text,
          label,
          rows,
          counts,
          many ? "more than " + MAX_LABELS : Integer.toString(labels.size()),
          List.copyOf(sample),
          problem(text, label));
    }

    private @Nullable String problem(String text, String label) {
      if (textAt == labelAt) {
        return "the texts and the labels are the same column, " + text;
      }
      if (rows == 0) {
        return "there are no rows behind the first line";
      }
      if (incomplete > 0) {
        return "%d of %d rows have no text in %s or no label in %s"
            .formatted(incomplete, rows, text, label);
      }
      if (labels.size() < 2) {
        return "column %s has one value alone: there is nothing to tell apart".formatted(label);
      }
      return labels.size() > MAX_LABELS || labels.size() > rows / 2
          ? "column %s has nearly as many values as there are rows: it holds no labels"
              .formatted(label)
          : null;
    }
  }
}
