package dev.diffstream.worker.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.base.TensorInput;
import dev.diffstream.base.TensorSpec;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.Json;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted.Columns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
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
  private final String labelColumn;
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
    this.labelColumn = columns == null || columns.label() == null ? "label" : columns.label();
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
      return example(tensors(tensors, node), scalar(node, labelColumn, true));
    }
    return example(
        scalar(node, textColumn, false),
        objective.pairs() ? scalar(node, pairColumn, false) : null,
        scalar(node, labelColumn, true));
  }

  private static TensorInput tensors(TensorField field, JsonNode record) throws BadRecord {
    try {
      return field.read(record.path(TensorField.NAME));
    } catch (IllegalArgumentException e) {
      throw new BadRecord(String.valueOf(e.getMessage()));
    }
  }

  private Example example(TensorInput tensors, String label) throws BadRecord {
    Example labelled = example(tensors.digest(), null, label);
    return new Example(labelled.text(), null, labelled.label(), labelled.value(), tensors);
  }

  private static String scalar(JsonNode node, String field, boolean anyScalar) throws BadRecord {
    JsonNode value = node.get(field);
    if (value == null || value.isNull()) {
      throw new BadRecord("no field \"" + field + "\"");
    }
    if (!value.isTextual() && !(anyScalar && (value.isNumber() || value.isBoolean()))) {
      throw new BadRecord("field \"" + field + "\" must be a string, got " + value.getNodeType());
    }
    return value.asText();
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
      List<String> wanted = new ArrayList<>(List.of(textColumn, labelColumn));
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
    return example(
        field(fields, textColumn),
        objective.pairs() ? field(fields, pairColumn) : null,
        field(fields, labelColumn));
  }

  private String field(List<String> fields, String column) {
    return fields.get(java.util.Objects.requireNonNull(header).indexOf(column));
  }

  private Example example(String text, @Nullable String textPair, String label) throws BadRecord {
    if (text.isBlank()) {
      throw new BadRecord("empty " + textColumn);
    }
    if (textPair != null && textPair.isBlank()) {
      throw new BadRecord("empty " + pairColumn);
    }
    String stripped = label.strip();
    if (stripped.isEmpty()) {
      throw new BadRecord("empty " + labelColumn);
    }
    return objective.real()
        ? new Example(text, textPair, "", number(stripped))
        : new Example(text, textPair, stripped, 0);
  }

  private float number(String label) throws BadRecord {
    try {
      float value = Float.parseFloat(label);
      if (Float.isFinite(value)) {
        return value;
      }
    } catch (NumberFormatException e) {
      // reported below
    }
    throw new BadRecord(labelColumn + " must be a finite number, got \"" + label + "\"");
  }
}
