package dev.diffstream.benchmarks.data;

import dev.diffstream.schemas.event.Objective;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a file without a header asks for, told from its labels: one BIO tag for each word is token
 * classification; numbers of which one at least has a decimal point are regression; everything
 * else, whole numbers too, are classes.
 */
final class ObjectiveDetection {
  private static final Pattern TAGS = Pattern.compile("(O|[BI]-\\S+)( (O|[BI]-\\S+))*");
  private static final Pattern NUMBER = Pattern.compile("[-+]?\\d+(\\.\\d*)?|[-+]?\\.\\d+");

  private ObjectiveDetection() {}

  static Objective of(List<LabelledText> rows) {
    if (rows.stream().allMatch(ObjectiveDetection::taggedWordByWord)) {
      return Objective.TOKEN_CLASSIFICATION;
    }
    boolean pairs = rows.stream().anyMatch(row -> row.textPair() != null);
    boolean real =
        rows.stream().allMatch(row -> NUMBER.matcher(row.label()).matches())
            && rows.stream().anyMatch(row -> row.label().contains("."));
    if (real) {
      return pairs ? Objective.PAIR_REGRESSION : Objective.REGRESSION;
    }
    return pairs ? Objective.PAIR_CLASSIFICATION : Objective.CLASSIFICATION;
  }

  private static boolean taggedWordByWord(LabelledText row) {
    return TAGS.matcher(row.label()).matches()
        && row.label().split(" ").length == row.text().strip().split("\\s+").length;
  }
}
