package dev.diffstream.schemas.data;

import java.util.ArrayList;
import java.util.List;

/**
 * Tags that mark entities in a row of words: {@code B-<type>} begins one, {@code I-<type>} goes on,
 * {@code O} is outside.
 */
public final class BioTags {
  public static final String OUTSIDE = "O";
  private static final String BEGIN = "B-";
  private static final String INSIDE = "I-";

  private BioTags() {}

  /**
   * An entity.
   *
   * @param from first word
   * @param to behind the last word
   */
  public record Span(String type, int from, int to) {}

  public static boolean isValid(String tag) {
    return tag.equals(OUTSIDE)
        || (tag.length() > 2 && (tag.startsWith(BEGIN) || tag.startsWith(INSIDE)));
  }

  /** The entity's type; empty for {@code O}. */
  public static String type(String tag) {
    return tag.equals(OUTSIDE) ? "" : tag.substring(2);
  }

  public static String begin(String type) {
    return BEGIN + type;
  }

  public static String inside(String type) {
    return INSIDE + type;
  }

  /**
   * The entities, in order. An {@code I-} that follows no tag of its type begins one, as conlleval
   * and seqeval read it.
   */
  public static List<Span> spans(List<String> tags) {
    List<Span> spans = new ArrayList<>();
    String open = "";
    int from = 0;
    for (int i = 0; i <= tags.size(); i++) {
      String tag = i < tags.size() ? tags.get(i) : OUTSIDE;
      boolean goesOn = tag.startsWith(INSIDE) && type(tag).equals(open);
      if (!goesOn) {
        if (!open.isEmpty()) {
          spans.add(new Span(open, from, i));
        }
        open = type(tag);
        from = i;
      }
    }
    return spans;
  }
}
