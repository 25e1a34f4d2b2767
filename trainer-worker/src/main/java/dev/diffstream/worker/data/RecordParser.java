package dev.diffstream.worker.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.base.input.TensorInput;
import dev.diffstream.base.input.TensorSpec;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.data.InvisibleCharacters;
import dev.diffstream.schemas.data.Words;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.Objective.Labelling;
import dev.diffstream.schemas.event.TaskSubmitted.Columns;
import dev.diffstream.schemas.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Turns the text of a record into an {@link Example}, or says what is wrong with it. */
final class RecordParser {

  /** A record is unusable; the message is the reason in the run report. */
  static final class BadRecord extends Exception {
    private static final long serialVersionUID = 1L;
    private final boolean malformed;

    BadRecord(String reason) {
      this(reason, false);
    }

    private BadRecord(String reason, boolean malformed) {
      super(QuotedText.cut(reason));
      this.malformed = malformed;
    }

    /**
     * Its fields cannot be determined: it may contain lines that should be records of their own.
     */
    static BadRecord malformed(String reason) {
      return new BadRecord(reason, true);
    }

    boolean malformed() {
      return malformed;
    }
  }

  /** Part of the JSON library's messages. */
  private static final Pattern ADVICE_TO_PROGRAMMERS = Pattern.compile(": enable `[^`]*` to allow");

  private final DataFormat format;
  private final Objective objective;
  private final String textColumn;
  private final String pairColumn;
  private final LabelParser labelParser;
  private final @Nullable TensorField tensors;
  private @Nullable Header header;

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
    return format == DataFormat.JSONL ? fromJson(record) : fromFields(record);
  }

  /**
   * Whether the header named the wanted columns; always true for JSON Lines, where every record
   * names its own.
   */
  boolean hasUsableHeader() {
    return format == DataFormat.JSONL || header != null;
  }

  private Example fromJson(String record) throws BadRecord {
    JsonNode node;
    try {
      node = Json.parse(record.getBytes(StandardCharsets.UTF_8), "the record");
    } catch (DiffstreamException e) {
      throw new BadRecord(ADVICE_TO_PROGRAMMERS.matcher(e.reason()).replaceAll(""));
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
            "field \"%s\" must hold words without white space, got: %s"
                .formatted(field, word.isTextual() ? QuotedText.of(word.textValue()) : word));
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
    if (value == null) {
      List<String> names = new ArrayList<>();
      node.fieldNames().forEachRemaining(names::add);
      throw new BadRecord("no field \"" + field + "\"; the record has " + QuotedText.list(names));
    }
    if (value.isNull()) {
      throw new BadRecord("no field \"" + field + "\": it is null");
    }
    if (!value.isTextual()) {
      throw new BadRecord("field \"" + field + "\" must be a string, got " + value.getNodeType());
    }
    return value.textValue();
  }

  private @Nullable Example fromFields(String record) throws BadRecord {
    List<String> fields =
        format == DataFormat.CSV ? FieldSplitter.csv(record) : FieldSplitter.tsv(record);
    Header known = header;
    if (known == null) {
      header = Header.of(fields, wanted(fields));
      return null;
    }
    if (fields.size() != known.size()) {
      throw BadRecord.malformed(
          "expected " + known.size() + " fields, as in the header, got " + fields.size());
    }
    if (known.isRepeatedBy(fields)) {
      throw new BadRecord("the header stands here again");
    }
    String text = known.field(fields, textColumn);
    String pair = objective.pairs() ? known.field(fields, pairColumn) : null;
    checkTexts(text, pair);
    Optional<String> column = labelParser.column(known.names());
    return labelParser.fromText(
        text, pair, column.isEmpty() ? "" : known.field(fields, column.get()));
  }

  private List<String> wanted(List<String> fields) {
    List<String> wanted = new ArrayList<>(List.of(textColumn));
    labelParser.column(fields.stream().map(String::strip).toList()).ifPresent(wanted::add);
    if (objective.pairs()) {
      wanted.add(pairColumn);
    }
    return wanted;
  }

  private void checkTexts(String text, @Nullable String textPair) throws BadRecord {
    checkText(textColumn, text);
    if (textPair != null) {
      checkText(pairColumn, textPair);
    }
  }

  private static void checkText(String column, String text) throws BadRecord {
    if (InvisibleCharacters.isBlank(text)) {
      throw new BadRecord("empty " + column);
    }
    checkUnicode(column, text);
  }

  /** Half of a surrogate pair, which JSON can write as an escape, cannot be written as UTF-8. */
  static void checkUnicode(String column, String text) throws BadRecord {
    for (int i = 0; i < text.length(); i++) {
      int codePoint = text.codePointAt(i);
      if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
        throw new BadRecord(
            "%s holds half of a surrogate pair, %s, as character %d: which is not Unicode text"
                .formatted(column, QuotedText.name(codePoint), i + 1));
      }
      i += Character.charCount(codePoint) - 1;
    }
  }
}
