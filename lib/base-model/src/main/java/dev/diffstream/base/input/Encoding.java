package dev.diffstream.base.input;

import java.util.Arrays;

/**
 * One example as token ids: a text, or a pair of texts. Made by {@link Tokenizer}.
 *
 * <p>A pair that is read separately is two sequences in one array: the first text's, then from
 * {@link #secondStart()} on the second text's, each with special tokens of its own. A pair that is
 * read jointly is one sequence, as a single text is.
 */
public final class Encoding implements Input {
  private final int[] ids;
  private final int[] typeIds;
  private final int secondStart;
  private final boolean truncated;

  Encoding(int[] ids, int[] typeIds, int secondStart, boolean truncated) {
    this.ids = ids;
    this.typeIds = typeIds;
    this.secondStart = secondStart;
    this.truncated = truncated;
  }

  /** A text of exactly these tokens, for measuring; texts are encoded by a {@link Tokenizer}. */
  public static Encoding ofTokens(int[] ids) {
    return ofTokens(ids, ids.length);
  }

  /**
   * A pair of exactly these tokens, for measuring.
   *
   * @param ids of the first text, then of the second
   * @param secondStart where the second text begins
   */
  public static Encoding ofTokens(int[] ids, int secondStart) {
    return new Encoding(ids.clone(), new int[ids.length], secondStart, false);
  }

  /** One sequence of exactly these tokens and token types, for measuring. */
  public static Encoding ofTypedTokens(int[] ids, int[] typeIds) {
    return new Encoding(ids.clone(), typeIds.clone(), ids.length, false);
  }

  /** Token ids with the special ones, unpadded; a copy. */
  public int[] ids() {
    return ids.clone();
  }

  /**
   * 0 for each token of a text that is a sequence of its own; of a joint pair 0 or 1 by text, as
   * the base distinguishes them.
   */
  public int[] typeIds() {
    return typeIds.clone();
  }

  /** Number of tokens, special ones counted. */
  public int length() {
    return ids.length;
  }

  /** Whether these are two sequences. */
  public boolean isPair() {
    return secondStart < ids.length;
  }

  /** Where the second sequence begins; {@link #length()} if there is none. */
  public int secondStart() {
    return secondStart;
  }

  @Override
  public boolean truncated() {
    return truncated;
  }

  /** The same example with other ids at some positions. */
  public Encoding with(int[] positions, int[] replacements) {
    int[] changed = ids.clone();
    for (int i = 0; i < positions.length; i++) {
      changed[positions[i]] = replacements[i];
    }
    return new Encoding(changed, typeIds, secondStart, truncated);
  }

  @Override
  public int maxSequenceLength() {
    return Math.max(secondStart, ids.length - secondStart);
  }

  public int id(int position) {
    return ids[position];
  }

  public int typeId(int position) {
    return typeIds[position];
  }

  @Override
  public String toString() {
    return "Encoding[ids=%s, truncated=%s]".formatted(Arrays.toString(ids), truncated);
  }
}
