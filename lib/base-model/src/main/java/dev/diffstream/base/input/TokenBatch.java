package dev.diffstream.base.input;

import java.util.List;

/** Texts, or pairs of texts, padded to the longest of them. */
public final class TokenBatch implements Batch {
  private final int size;
  private final int sequences;
  private final int length;
  private final boolean pairs;
  private final long[] ids;
  private final long[] typeIds;
  private final float[] mask;
  private final float[] pool;
  private int nextRow;

  private TokenBatch(List<Encoding> encodings, boolean pairs) {
    this.size = encodings.size();
    this.sequences = pairs ? 2 * size : size;
    this.length = encodings.stream().mapToInt(Encoding::maxSequenceLength).max().orElseThrow();
    this.pairs = pairs;
    this.ids = new long[sequences * length];
    this.typeIds = new long[sequences * length];
    this.mask = new float[sequences * length];
    this.pool = new float[sequences * length];
    for (Encoding encoding : encodings) {
      sequence(encoding, 0, encoding.secondStart());
      if (pairs) {
        sequence(encoding, encoding.secondStart(), encoding.length());
      }
    }
  }

  static TokenBatch of(List<Encoding> encodings) {
    boolean pairs = encodings.getFirst().isPair();
    for (int i = 0; i < encodings.size(); i++) {
      if (encodings.get(i).isPair() != pairs) {
        throw new IllegalArgumentException(
            "example %d is %s, expected %s as the first"
                .formatted(
                    i, pairs ? "a single text" : "a pair", pairs ? "a pair" : "a single text"));
      }
    }
    return new TokenBatch(encodings, pairs);
  }

  @Override
  public int size() {
    return size;
  }

  /** Number of sequences that the encoder sees: one for each text; two, in a row, for each pair. */
  public int sequences() {
    return sequences;
  }

  /** Tokens of every sequence, padding counted. */
  public int length() {
    return length;
  }

  @Override
  public boolean pairs() {
    return pairs;
  }

  /** Token ids, sequences x length. */
  public long[] ids() {
    return ids;
  }

  /** Token types, sequences x length. */
  public long[] typeIds() {
    return typeIds;
  }

  /** 1 for tokens, 0 for padding, sequences x length. */
  public float[] mask() {
    return mask;
  }

  /** The weight of each token in its mean: sequences x length. */
  public float[] pool() {
    return pool;
  }

  /**
   * @throws IllegalArgumentException if a token id or a type id lies outside the base's embeddings
   */
  public void checkIds(int vocab, int typeVocab) {
    for (int i = 0; i < ids.length; i++) {
      checkId(ids[i], typeIds[i], vocab, typeVocab);
    }
  }

  /** As {@link #checkIds}, of a single token. */
  public static void checkId(long id, long type, int vocab, int typeVocab) {
    if (id < 0 || id >= vocab || type < 0 || type >= Math.max(1, typeVocab)) {
      throw new IllegalArgumentException(
          "token id %d of type %d, the base has %d ids and %d types"
              .formatted(id, type, vocab, typeVocab));
    }
  }

  private void sequence(Encoding encoding, int from, int to) {
    int row = nextRow++;
    for (int i = from; i < to; i++) {
      int at = row * length + i - from;
      ids[at] = encoding.id(i);
      typeIds[at] = encoding.typeId(i);
      mask[at] = 1;
      pool[at] = 1f / (to - from);
    }
  }
}
