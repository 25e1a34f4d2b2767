package dev.diffstream.registry.correction;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.data.InvisibleCharacters;
import dev.diffstream.schemas.registry.VersionRecord;
import java.text.Normalizer;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Whether a label is one of those that a version knows. */
final class LabelCheck {
  private static final int MAX_LISTED = 20;
  private static final int MAX_CHARS = 200;

  private final VersionRecord version;

  LabelCheck(VersionRecord version) {
    this.version = version;
  }

  /**
   * @param mayBeNew whether it may be another, of a form that can be told apart from those
   * @throws DiffstreamException LABEL_MISMATCH
   */
  void check(String label, boolean mayBeNew) {
    List<String> known = version.labels();
    if (known.contains(label)) {
      return;
    }
    if (!mayBeNew) {
      throw mismatch("is none of task %s".formatted(version.taskId()), label);
    }
    if (label.isBlank() || label.length() > MAX_CHARS || label.codePoints().anyMatch(this::isOdd)) {
      throw mismatch(
          "cannot be a new label of task %s: expected 1 to %d visible characters"
              .formatted(version.taskId(), MAX_CHARS),
          label);
    }
    for (String other : known) {
      if (folded(other).equals(folded(label))) {
        throw mismatch(
            "cannot be a new label of task %s: it differs from %s in case or form alone"
                .formatted(version.taskId(), quoted(other)),
            label);
      }
    }
  }

  private boolean isOdd(int codePoint) {
    return codePoint != ' ' && InvisibleCharacters.isInvisible(codePoint);
  }

  private DiffstreamException mismatch(String says, String label) {
    List<String> known = version.labels();
    String nearest =
        known.stream()
            .min(Comparator.comparingInt(other -> distance(folded(label), folded(other))))
            .map(other -> "; the nearest is " + quoted(other))
            .orElse("");
    String listed =
        known.stream().limit(MAX_LISTED).map(LabelCheck::quoted).collect(Collectors.joining(", "));
    return new DiffstreamException(
        ErrorCode.LABEL_MISMATCH,
        "the label %s %s%s; version %d knows %s%s"
            .formatted(
                quoted(label),
                says,
                nearest,
                version.version(),
                listed,
                known.size() > MAX_LISTED ? " and " + (known.size() - MAX_LISTED) + " more" : ""));
  }

  private static String quoted(String label) {
    return "\"" + Bounded.text(label, 60) + "\"";
  }

  private static String folded(String label) {
    return Normalizer.normalize(label.strip(), Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
  }

  /** Levenshtein's, of the first characters. */
  static int distance(String one, String other) {
    int width = Math.min(other.length(), MAX_CHARS);
    int[] row = new int[width + 1];
    for (int j = 0; j <= width; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= Math.min(one.length(), MAX_CHARS); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= width; j++) {
        int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[width];
  }
}
