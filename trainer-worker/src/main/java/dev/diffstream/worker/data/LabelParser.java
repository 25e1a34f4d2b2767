package dev.diffstream.worker.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.data.BioTags;
import dev.diffstream.schemas.data.InvisibleCharacters;
import dev.diffstream.schemas.data.Words;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.Objective.Labelling;
import dev.diffstream.worker.data.RecordParser.BadRecord;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what a record is labelled with, as its objective wants it; docs/objectives.md. */
final class LabelParser {
  private static final String DEFAULT = "label";

  /** What a record with words calls its tags, unless it calls them {@link #DEFAULT}. */
  private static final String TAGS = "tags";

  /** Longer ones are a text in the wrong column; labels stand in reports and diff files. */
  static final int MAX_LABEL_LENGTH = 500;

  private static final Pattern DECIMAL =
      Pattern.compile("[+-]?([0-9]++(\\.[0-9]*+)?|\\.[0-9]++)([eE][+-]?[0-9]++)?");

  /** As data frames print lists, tuples and sets of names: {@code ['a', 'b']}. */
  private static final Pattern PRINTED_LIST =
      Pattern.compile("[\\[({](\\s*+['\"].*['\"],?\\s*+|[0-9.,\\s-]*+)[\\])}]", Pattern.DOTALL);

  private static final Pattern BRACKETS = Pattern.compile("\\[.*\\]", Pattern.DOTALL);

  private final Objective objective;
  private final @Nullable String named;

  /**
   * @param named column of the label as the task event names it
   */
  LabelParser(Objective objective, @Nullable String named) {
    this.objective = objective;
    this.named = named;
  }

  /** The column that holds the label; empty where there is none to hold. */
  Optional<String> column(List<String> names) {
    if (objective.labelling() == Labelling.NONE) {
      return Optional.empty();
    }
    if (named != null) {
      return Optional.of(named);
    }
    boolean tags = objective.labelling() == Labelling.TAGS && names.contains(TAGS);
    return Optional.of(tags ? TAGS : DEFAULT);
  }

  Example fromJson(String text, @Nullable String textPair, JsonNode node) throws BadRecord {
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    String column = column(names).orElse("");
    JsonNode value = node.path(column);
    if (!column.isEmpty() && (value.isMissingNode() || value.isNull())) {
      throw new BadRecord("no field \"" + column + "\"");
    }
    return switch (objective.labelling()) {
      case CLASS, NUMBER -> fromText(text, textPair, scalar(column, value));
      case LABEL_SET -> labelSet(text, column, array(column, value, "an array of labels"));
      case TAGS ->
          tagged(
              text,
              column,
              value.isTextual() ? split(value.textValue()) : array(column, value, "tags"));
      case NONE -> new Example(text, textPair, "", 0);
    };
  }

  /**
   * @param label the field of a CSV or TSV record
   */
  Example fromText(String text, @Nullable String textPair, String label) throws BadRecord {
    String column = named == null ? DEFAULT : named;
    String stripped = stripped(label);
    return switch (objective.labelling()) {
      case CLASS -> new Example(text, textPair, name(column, stripped), 0);
      case NUMBER -> new Example(text, textPair, "", number(column, stripped));
      case LABEL_SET -> labelSet(text, column, names(column, stripped));
      case TAGS -> tagged(text, column, split(nonEmpty(column, stripped)));
      case NONE -> new Example(text, textPair, "", 0);
    };
  }

  /** A label's name as it is learned. */
  private static String name(String column, String label) throws BadRecord {
    String name = stripped(label);
    if (InvisibleCharacters.isBlank(name)) {
      throw new BadRecord("empty " + column);
    }
    RecordParser.checkUnicode(column, name);
    if (name.length() > MAX_LABEL_LENGTH) {
      throw new BadRecord(
          "%s is longer than %d characters: %s"
              .formatted(column, MAX_LABEL_LENGTH, QuotedText.of(name)));
    }
    if (PRINTED_LIST.matcher(name).matches()) {
      throw new BadRecord(
          "%s is a printed list, not a label: %s".formatted(column, QuotedText.of(name)));
    }
    return name;
  }

  /** Without white space at its ends, no-break spaces too. */
  private static String stripped(String label) {
    int from = 0;
    int to = label.length();
    while (from < to && Words.isSpace(label.charAt(from))) {
      from++;
    }
    while (from < to && Words.isSpace(label.charAt(to - 1))) {
      to--;
    }
    return label.substring(from, to);
  }

  /** The names in a field of a CSV or TSV record. */
  private static List<String> names(String column, String field) throws BadRecord {
    if (BRACKETS.matcher(field).matches()) {
      throw new BadRecord(
          "%s must hold names separated by |, got a printed list: %s"
              .formatted(column, QuotedText.of(field)));
    }
    return field.isEmpty() ? List.of() : Arrays.asList(field.split("\\|", -1));
  }

  private static Example labelSet(String text, String column, List<String> names) throws BadRecord {
    TreeSet<String> set = new TreeSet<>();
    for (String name : names) {
      if (!set.add(name(column, name))) {
        throw new BadRecord(column + " names " + QuotedText.of(stripped(name)) + " twice");
      }
    }
    return new Example(text, null, "", 0, List.copyOf(set));
  }

  private static Example tagged(String text, String column, List<String> tags) throws BadRecord {
    int words = Words.of(text).size();
    if (tags.size() != words) {
      throw new BadRecord(
          column + " must hold " + words + " tags, one for each word, got " + tags.size());
    }
    for (String tag : tags) {
      if (!BioTags.isValid(tag)) {
        throw new BadRecord(
            column + " must hold O, B-<type> and I-<type>, got: " + QuotedText.of(tag));
      }
      name(column, tag);
    }
    return new Example(text, null, "", 0, tags);
  }

  private static List<String> split(String tags) {
    return Words.of(tags).stream().map(tag -> tags.substring(tag.start(), tag.end())).toList();
  }

  private static List<String> array(String column, JsonNode value, String what) throws BadRecord {
    if (!value.isArray()) {
      throw new BadRecord(
          "field \"" + column + "\" must be " + what + ", got " + value.getNodeType());
    }
    List<String> elements = new ArrayList<>();
    for (JsonNode element : value) {
      elements.add(scalar(column, element));
    }
    return elements;
  }

  private static String scalar(String column, JsonNode value) throws BadRecord {
    if (!value.isTextual() && !value.isNumber() && !value.isBoolean()) {
      throw new BadRecord("field \"" + column + "\" must be a string, got " + value.getNodeType());
    }
    // 1 and 1.0 are the same number in JSON; writers choose by the type of a column
    return value.isFloatingPointNumber() && Double.isFinite(value.doubleValue())
        ? new BigDecimal(value.asText()).stripTrailingZeros().toPlainString()
        : value.asText();
  }

  private static String nonEmpty(String column, String value) throws BadRecord {
    if (value.isEmpty()) {
      throw new BadRecord("empty " + column);
    }
    return value;
  }

  /** Decimal digits only: a parser of Java's literals would take 1d and 0x1p3 too. */
  private static float number(String column, String label) throws BadRecord {
    if (DECIMAL.matcher(nonEmpty(column, label)).matches()) {
      float value = Float.parseFloat(label);
      if (Float.isFinite(value)) {
        return value;
      }
    }
    throw new BadRecord(column + " must be a finite number, got " + QuotedText.of(label));
  }
}
