package dev.diffstream.schemas.data;

import dev.diffstream.schemas.Sha256;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The split of a data set that comes without dev or test: 80/10/10 by hash of the text, label by
 * label.
 *
 * <p>The distinct texts of each label are ordered by the SHA-256 of {@code text + NUL + textPair};
 * the first tenth (rounded up) is test, the next tenth dev, the rest train. Texts that differ only
 * in what {@link TextIdentity} ignores, such as case, count as one: the least of them in the order
 * of {@link String#compareTo} gives the hash. So the same text never stands on two sides, the split
 * depends on the rows alone and not on their order, every label has its share of each side, and
 * both sides have examples however small the set. Of a label with one text only, that one is
 * trained on; with two, none is dev.
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

    private boolean precedes(Row other) {
      int order = text.compareTo(other.text);
      return order < 0
          || (order == 0
              && (textPair == null ? "" : textPair)
                      .compareTo(other.textPair == null ? "" : other.textPair)
                  < 0);
    }
  }

  /** The side of each row, in the order of {@code rows}. */
  public static List<Side> of(Collection<Row> rows) {
    List<String> hashes = hashes(rows);
    Map<String, String> labelOfText = new HashMap<>();
    int index = 0;
    for (Row row : rows) {
      labelOfText.merge(
          hashes.get(index++),
          row.label() == null ? "" : row.label(),
          (a, b) -> a.compareTo(b) <= 0 ? a : b);
    }
    TreeMap<String, TreeSet<String>> textsOfLabel = new TreeMap<>();
    labelOfText.forEach(
        (hash, label) -> textsOfLabel.computeIfAbsent(label, l -> new TreeSet<>()).add(hash));
    Map<String, Side> sideOfText = new HashMap<>();
    textsOfLabel.values().forEach(texts -> split(texts, sideOfText));
    return hashes.stream().map(hash -> sideOfText.getOrDefault(hash, Side.TRAIN)).toList();
  }

  /** For each row the hash of its text, or of the least text that counts as the same. */
  private static List<String> hashes(Collection<Row> rows) {
    List<String> identities = new ArrayList<>(rows.size());
    Map<String, Row> firstOfIdentity = new HashMap<>();
    for (Row row : rows) {
      String identity = TextIdentity.of(row.text(), row.textPair());
      identities.add(identity);
      firstOfIdentity.merge(identity, row, (a, b) -> b.precedes(a) ? b : a);
    }
    Map<String, String> hashes = new HashMap<>();
    firstOfIdentity.forEach((identity, row) -> hashes.put(identity, row.hash()));
    return identities.stream().map(identity -> hashes.getOrDefault(identity, identity)).toList();
  }

  private static void split(TreeSet<String> texts, Map<String, Side> into) {
    int tenth = (texts.size() + 9) / 10;
    int test = Math.min(tenth, texts.size() - 1);
    int dev = Math.min(tenth, texts.size() - 1 - test);
    int rank = 0;
    for (String text : texts) {
      into.put(text, rank < test ? Side.TEST : rank < test + dev ? Side.DEV : Side.TRAIN);
      rank++;
    }
  }
}
