package dev.diffstream.worker.data;

import dev.diffstream.schemas.data.BioTags;
import dev.diffstream.schemas.data.InvisibleCharacters;
import dev.diffstream.schemas.event.Objective.Labelling;
import dev.diffstream.worker.data.LabelOccurrences.Occurrence;
import java.math.BigDecimal;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Labels of the training rows that are probably meant to be one. Those that cannot be
 * distinguished, because they differ in invisible characters or in the Unicode normal form alone,
 * make their rows invalid. Those that may be meant, such as two that differ in case, give warnings.
 */
final class SimilarLabels {
  private static final int MAX_WARNINGS = 10;
  private static final int MAX_LISTED = 5;
  private static final Pattern NUMBER =
      Pattern.compile(
          "[+-]?([0-9]{1,100}(\\.[0-9]{0,100})?|\\.[0-9]{1,100})([eE][+-]?[0-9]{1,4})?");

  private final Labelling labelling;
  private final Map<String, Occurrence> labels;
  private final int maxLabelsOfRow;

  SimilarLabels(Labelling labelling, LabelOccurrences train) {
    this.labelling = labelling;
    this.labels = labelling == Labelling.TAGS ? types(train) : train.byLabel();
    this.maxLabelsOfRow = train.maxLabelsOfRow();
  }

  /** Of tags the types: begin and inside of one belong together. */
  private static Map<String, Occurrence> types(LabelOccurrences train) {
    Map<String, Occurrence> types = new LinkedHashMap<>();
    train
        .byLabel()
        .forEach(
            (tag, occurrence) -> {
              if (!tag.equals(BioTags.OUTSIDE)) {
                types.merge(BioTags.type(tag), occurrence, Occurrence::and);
              }
            });
    return types;
  }

  /** Adds the rows of every label that cannot be distinguished from a more frequent one. */
  void addIndistinguishable(InvalidRecords invalid) {
    for (List<String> group : groups(SimilarLabels::visible)) {
      String usual = group.getFirst();
      for (String label : group.subList(1, group.size())) {
        Occurrence first = occurrence(label);
        invalid.add(
            first.file(),
            first.line(),
            "the label %s %s cannot be distinguished from %s %s: they differ in %s"
                .formatted(
                    QuotedText.exact(label),
                    count(label),
                    QuotedText.exact(usual),
                    count(usual),
                    difference(label, usual)),
            first.count());
      }
    }
  }

  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    for (List<String> group : groups(SimilarLabels::folded)) {
      warnings.add(
          "labels %s %s; each is learned as a label of its own"
              .formatted(
                  group.stream()
                      .limit(MAX_LISTED)
                      .map(label -> QuotedText.of(label) + " " + count(label))
                      .collect(Collectors.joining(", ")),
                  likeness(group)));
    }
    for (String label : labels.keySet()) {
      String odd = oddCharacters(label);
      if (!odd.isEmpty()) {
        warnings.add(
            "label %s holds invisible characters: %s".formatted(QuotedText.of(label), odd));
      }
    }
    addSeparatorWarning(warnings);
    if (warnings.size() > MAX_WARNINGS) {
      int more = warnings.size() - MAX_WARNINGS;
      warnings.subList(MAX_WARNINGS, warnings.size()).clear();
      warnings.add(more + " more warnings about labels");
    }
    return warnings;
  }

  /** Sets whose names were joined by a character that does not separate names here. */
  private void addSeparatorWarning(List<String> warnings) {
    if (labelling != Labelling.LABEL_SET || maxLabelsOfRow > 1) {
      return;
    }
    for (String separator : List.of(",", ";")) {
      labels.keySet().stream()
          .filter(label -> label.contains(separator))
          .findFirst()
          .ifPresent(
              label ->
                  warnings.add(
                      "no row has two labels, but %s holds \"%s\"; names are separated by | in CSV and"
                              .formatted(QuotedText.of(label), separator)
                          + " TSV, and are elements of an array in JSON Lines"));
    }
  }

  /** Labels with the same key, two at least, the most frequent one first. */
  private List<List<String>> groups(UnaryOperator<String> key) {
    Map<String, List<String>> byKey = new LinkedHashMap<>();
    labels
        .keySet()
        .forEach(l -> byKey.computeIfAbsent(key.apply(l), k -> new ArrayList<>()).add(l));
    Comparator<String> byRows = Comparator.comparingInt(label -> -occurrence(label).count());
    return byKey.values().stream()
        .filter(group -> group.size() > 1)
        .map(
            group ->
                group.stream().sorted(byRows.thenComparing(Comparator.naturalOrder())).toList())
        .toList();
  }

  private Occurrence occurrence(String label) {
    return Objects.requireNonNull(labels.get(label));
  }

  private String count(String label) {
    String what = labelling == Labelling.TAGS ? "words" : "rows";
    return "(" + occurrence(label).count() + " " + what + ")";
  }

  private static String likeness(List<String> group) {
    if (group.stream().allMatch(label -> NUMBER.matcher(label).matches())) {
      return "look like one number";
    }
    return group.stream().allMatch(group.getFirst()::equalsIgnoreCase)
        ? "differ only in case"
        : "look alike";
  }

  /** What is seen of a label: in normal form C, with plain and single spaces. */
  static String visible(String label) {
    StringBuilder visible = new StringBuilder();
    boolean space = false;
    for (int codePoint : label.codePoints().toArray()) {
      if (Character.isWhitespace(codePoint) || Character.isSpaceChar(codePoint)) {
        space = true;
      } else if (!InvisibleCharacters.isInvisible(codePoint)) {
        visible.append(space && !visible.isEmpty() ? " " : "").appendCodePoint(codePoint);
        space = false;
      }
    }
    return Normalizer.normalize(visible, Normalizer.Form.NFC);
  }

  /** The same for labels that differ in case, width or ligatures, or in how a number is written. */
  static String folded(String label) {
    String wide = Normalizer.normalize(visible(label), Normalizer.Form.NFKC);
    return NUMBER.matcher(wide).matches()
        ? new BigDecimal(wide).stripTrailingZeros().toString()
        : wide.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
  }

  private static String difference(String label, String usual) {
    String odd = oddCharacters(label + usual);
    return odd.isEmpty() ? "the Unicode normal form or in the number of spaces" : odd;
  }

  private static String oddCharacters(String label) {
    TreeSet<String> odd = new TreeSet<>();
    label
        .codePoints()
        .filter(SimilarLabels::isOdd)
        .limit(10)
        .forEach(codePoint -> odd.add(QuotedText.name(codePoint)));
    return String.join(", ", odd);
  }

  /** Invisible, and no part of how words or emoji are written: these need joiners and selectors. */
  private static boolean isOdd(int codePoint) {
    boolean joins =
        codePoint == 0x200C || codePoint == 0x200D || (codePoint >= 0xFE00 && codePoint <= 0xFE0F);
    return codePoint != ' ' && !joins && InvisibleCharacters.isInvisible(codePoint);
  }
}
