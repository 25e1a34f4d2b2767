package dev.diffstream.schemas.data;

import dev.diffstream.schemas.Sha256;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The split of a data set that comes without dev or test: 80/10/10 by hash of the text.
 *
 * <p>The distinct texts are ordered by the SHA-256 of {@code text + NUL + textPair}; the first
 * tenth (rounded up) is test, the next tenth dev, the rest train. So the same text never stands on
 * two sides, the split depends on the texts alone, not on their order, and both sides have examples
 * however small the set. A label that no training row would carry stays in train with all its rows.
 */
public final class HeldOutSplit {
  private HeldOutSplit() {}

  /** The sides of a split. */
  public enum Side {
    TRAIN,
    DEV,
    TEST
  }

  /** What the split looks at. {@code label} is null where labels are numbers. */
  public record Row(String text, @Nullable String textPair, @Nullable String label) {
    String hash() {
      return Sha256.of(text + "\0" + (textPair == null ? "" : textPair));
    }
  }

  /** The side of each row, in the order of {@code rows}. */
  public static List<Side> of(Collection<Row> rows) {
    TreeMap<String, Side> byHash = new TreeMap<>();
    rows.forEach(row -> byHash.put(row.hash(), Side.TRAIN));
    int tenth = (byHash.size() + 9) / 10;
    int rank = 0;
    for (Map.Entry<String, Side> entry : byHash.entrySet()) {
      entry.setValue(rank < tenth ? Side.TEST : rank < 2 * tenth ? Side.DEV : Side.TRAIN);
      rank++;
    }
    keepUnseenLabels(rows, byHash);
    List<Side> sides = new ArrayList<>(rows.size());
    rows.forEach(row -> sides.add(byHash.get(row.hash())));
    return sides;
  }

  private static void keepUnseenLabels(Collection<Row> rows, Map<String, Side> byHash) {
    Map<String, Boolean> inTrain = new HashMap<>();
    for (Row row : rows) {
      if (row.label() != null) {
        inTrain.merge(row.label(), byHash.get(row.hash()) == Side.TRAIN, Boolean::logicalOr);
      }
    }
    for (Row row : rows) {
      if (row.label() != null && Boolean.FALSE.equals(inTrain.get(row.label()))) {
        byHash.put(row.hash(), Side.TRAIN);
      }
    }
  }
}
