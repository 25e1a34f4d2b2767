package dev.diffstream.base.input;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The special tokens around and between two texts in one sequence, and the token types, as the
 * post-processor of a {@code tokenizer.json} puts them: {@code [CLS] a [SEP] b [SEP]} in BERT,
 * {@code <s> a </s></s> b </s>} in RoBERTa.
 *
 * @param firstType token type of the first text
 * @param secondType token type of the second text
 */
record PairTemplate(
    List<Special> before,
    List<Special> between,
    List<Special> after,
    int firstType,
    int secondType) {
  /** Of these at least one has a token in every vocabulary with Latin letters or digits. */
  private static final List<String> SAMPLES = List.of("a", "e", "the", "0", "1");

  /** A special token. */
  record Special(int id, int type) {}

  /** Found by having a sample encoded; empty if the post-processor does not frame pairs. */
  static Optional<PairTemplate> of(HuggingFaceTokenizer tokenizer) {
    for (String sample : SAMPLES) {
      long[] text = tokenizer.encode(sample, false, false).getIds();
      if (text.length > 0) {
        return of(tokenizer.encode(sample, sample, true, false), text);
      }
    }
    return Optional.empty();
  }

  private static Optional<PairTemplate> of(
      ai.djl.huggingface.tokenizers.Encoding pair, long[] text) {
    long[] ids = pair.getIds();
    long[] special = pair.getSpecialTokenMask();
    int first = endOfSpecial(special, 0);
    int between = first + text.length;
    int second = endOfSpecial(special, between);
    int after = second + text.length;
    boolean framed =
        after <= ids.length
            && endOfSpecial(special, after) == ids.length
            && Arrays.equals(text, Arrays.copyOfRange(ids, first, between))
            && Arrays.equals(text, Arrays.copyOfRange(ids, second, after));
    if (!framed) {
      return Optional.empty();
    }
    long[] types = pair.getTypeIds();
    return Optional.of(
        new PairTemplate(
            specials(ids, types, 0, first),
            specials(ids, types, between, second),
            specials(ids, types, after, ids.length),
            (int) types[first],
            (int) types[second]));
  }

  private static int endOfSpecial(long[] special, int from) {
    int end = from;
    while (end < special.length && special[end] == 1) {
      end++;
    }
    return end;
  }

  private static List<Special> specials(long[] ids, long[] types, int from, int to) {
    Special[] specials = new Special[to - from];
    for (int i = from; i < to; i++) {
      specials[i - from] = new Special((int) ids[i], (int) types[i]);
    }
    return List.of(specials);
  }

  /** Number of special tokens. */
  int specialTokens() {
    return before.size() + between.size() + after.size();
  }

  int largestId() {
    return List.of(before, between, after).stream()
        .flatMap(List::stream)
        .mapToInt(Special::id)
        .max()
        .orElse(0);
  }

  /**
   * Both texts in one sequence of at most {@code maxTokens} tokens. Where they are too long the
   * longer one is cut at its end until both are equally long, then both are; of an odd number of
   * tokens the text that was longer keeps one more, of equally long texts the second. That is the
   * longest-first truncation of Hugging Face tokenisers.
   *
   * @param maxTokens at least {@link #specialTokens} + 2
   * @param tokenTypes that the base distinguishes; a larger type becomes the largest of them
   */
  Encoding encode(long[] first, long[] second, int maxTokens, int tokenTypes) {
    int room = maxTokens - specialTokens();
    int keptFirst = first.length;
    int keptSecond = second.length;
    boolean truncated = first.length + second.length > room;
    if (truncated) {
      int less = Math.min(Math.min(first.length, second.length), room / 2);
      keptFirst = first.length > second.length ? room - less : less;
      keptSecond = room - keptFirst;
    }
    Sequence sequence =
        new Sequence(keptFirst + keptSecond + specialTokens(), Math.max(0, tokenTypes - 1));
    before.forEach(token -> sequence.add(token.id(), token.type()));
    sequence.add(first, keptFirst, firstType);
    between.forEach(token -> sequence.add(token.id(), token.type()));
    sequence.add(second, keptSecond, secondType);
    after.forEach(token -> sequence.add(token.id(), token.type()));
    return new Encoding(sequence.ids, sequence.types, sequence.ids.length, truncated);
  }

  /** A sequence that is filled from its beginning. */
  private static final class Sequence {
    private final int[] ids;
    private final int[] types;
    private final int largestType;
    private int length;

    Sequence(int size, int largestType) {
      this.ids = new int[size];
      this.types = new int[size];
      this.largestType = largestType;
    }

    void add(int id, int type) {
      ids[length] = id;
      types[length++] = Math.min(type, largestType);
    }

    void add(long[] tokens, int count, int type) {
      for (int i = 0; i < count; i++) {
        add((int) tokens[i], type);
      }
    }
  }
}
