package dev.diffstream.worker.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.base.input.TensorInput;
import dev.diffstream.base.input.TensorSpec;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.Json;
import dev.diffstream.schemas.data.Words;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.Objective.Labelling;
import dev.diffstream.schemas.event.TaskSubmitted.Columns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/** Turns the text of a record into an {@link Example}, or says what is wrong with it. */
final class RecordParser {

  /** A record is unusable; the message is the reason in the run report. */
  static final class BadRecord extends Exception {
    private static final long serialVersionUID = 1L;

    BadRecord(String reason) {
      super(reason);
    }
  }

  private static final CSVFormat CSV =
      CSVFormat.RFC4180.builder().setIgnoreSurroundingSpaces(false).get();

  private final DataFormat format;
  private final Objective objective;
  private final String textColumn;
  private final String pairColumn;
  private final LabelParser labelParser;
  private final @Nullable TensorField tensors;
  private @Nullable List<String> header;

  RecordParser(DataFormat format, Objective objective, @Nullable Columns columns) {
    this(format, objective, columns, List.of());
  }

  /**
   * @param tensors what a record holds in place of a text; none: a text
   */
  RecordParser(
      DataFormat format, Objective objective, @Nullable Columns columns, List<TensorSpec> tensors) {
    this.tensors = tensors.isEmpty() ? null : new TensorField(tensors);
    this.format = format;
    this.objective = objective;
    this.textColumn = columns == null || columns.text() == null ? "text" : columns.text();
    this.pairColumn =
        columns == null || columns.textPair() == null ? "textPair" : columns.textPair();
    this.labelParser =
        new LabelParser(
            objective, columns == null || columns.label() == null ? null : columns.label());
  }

  /** Null for the header record of a CSV or TSV file. */
  @Nullable Example parse(String record) throws BadRecord {
    return format == DataFormat.JSONL ? fromJson(record) : fromFields(fields(record));
  }

  /**
   * Whether the header named the wanted columns; always true for JSON Lines, where every record
   * names its own.
   */
  boolean headerUsable() {
    return format == DataFormat.JSONL || header != null;
  }

  private Example fromJson(String record) throws BadRecord {
    JsonNode node;
    try {
      node = Json.parse(record.getBytes(StandardCharsets.UTF_8), "the record");
    } catch (DiffstreamException e) {
      throw new BadRecord(e.reason());
    }
    if (!node.isObject()) {
      throw new BadRecord("expected a JSON object, got " + node.getNodeType());
    }
    if (tensors != null) {
      TensorInput input = tensors(tensors, node);
      return labelParser.fromJson(input.digest(), null, node).with(input);
    }
    String text = text(node);
    String pair = objective.pairs() ? scalar(node, pairColumn) : null;
    checkTexts(text, pair);
    return labelParser.fromJson(text, pair, node);
  }

  private static TensorInput tensors(TensorField field, JsonNode record) throws BadRecord {
    try {
      return field.read(record.path(TensorField.NAME));
    } catch (IllegalArgumentException e) {
      throw new BadRecord(String.valueOf(e.getMessage()));
    }
  }

  /** A text, or its words: under the column's own name or, where words have tags, as tokens. */
  private String text(JsonNode node) throws BadRecord {
    boolean tagged = objective.labelling() == Labelling.TAGS;
    String field = tagged && !node.has(textColumn) && node.has("tokens") ? "tokens" : textColumn;
    JsonNode value = node.path(field);
    if (!tagged || !value.isArray()) {
      return scalar(node, field);
    }
    List<String> words = new ArrayList<>();
    for (JsonNode word : value) {
      if (!isWord(word.asText()) || !word.isTextual()) {
        throw new BadRecord(
            "field \"" + field + "\" must hold words without white space, got: " + word);
      }
      words.add(word.textValue());
    }
    return String.join(" ", words);
  }

  private static boolean isWord(String text) {
    return Words.of(text).equals(List.of(new Words.Word(0, text.length())));
  }

  private static String scalar(JsonNode node, String field) throws BadRecord {
    JsonNode value = node.get(field);
    if (value == null || value.isNull()) {
      throw new BadRecord("no field \"" + field + "\"");
    }
    if (!value.isTextual()) {
      throw new BadRecord("field \"" + field + "\" must be a string, got " + value.getNodeType());
    }
    return value.textValue();
  }

  private List<String> fields(String record) throws BadRecord {
    if (format == DataFormat.TSV) {
      return List.of(record.split("\t", -1));
    }
    try (CSVParser parser = CSVParser.parse(record, CSV)) {
      List<CSVRecord> records = parser.getRecords();
      if (records.size() != 1) {
        throw new BadRecord("expected one CSV record, got " + records.size());
      }
      return records.get(0).toList();
    } catch (IOException | UncheckedIOException | IllegalStateException e) {
      throw new BadRecord("not CSV: " + e.getMessage());
    }
  }

  private @Nullable Example fromFields(List<String> fields) throws BadRecord {
    if (header == null) {
      List<String> names = fields.stream().map(String::strip).toList();
      List<String> wanted = new ArrayList<>(List.of(textColumn));
      labelParser.column(names).ifPresent(wanted::add);
      if (objective.pairs()) {
        wanted.add(pairColumn);
      }
      for (String column : wanted) {
        if (!names.contains(column)) {
          throw new BadRecord("the header has no column \"" + column + "\"; it has " + names);
        }
      }
      header = names;
      return null;
    }
    if (fields.size() != header.size()) {
      throw new BadRecord(
          "expected " + header.size() + " fields, as in the header, got " + fields.size());
    }
    String text = field(fields, textColumn);
    String pair = objective.pairs() ? field(fields, pairColumn) : null;
    checkTexts(text, pair);
    Optional<String> column = labelParser.column(header);
    return labelParser.fromText(text, pair, column.isEmpty() ? "" : field(fields, column.get()));
  }

  private String field(List<String> fields, String column) {
    return fields.get(java.util.Objects.requireNonNull(header).indexOf(column));
  }

  private void checkTexts(String text, @Nullable String textPair) throws BadRecord {
    if (text.isBlank()) {
      throw new BadRecord("empty " + textColumn);
    }
    if (textPair != null && textPair.isBlank()) {
      throw new BadRecord("empty " + pairColumn);
    }
  }
}
