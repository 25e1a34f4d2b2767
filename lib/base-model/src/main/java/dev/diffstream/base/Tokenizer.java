package dev.diffstream.base;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Texts to token ids, by a base's {@code tokenizer.json}. The file's own truncation and padding are
 * switched off; the limit is given with each call. Safe for use by many threads.
 */
public final class Tokenizer implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;
  private final String digest;
  private final int begin;
  private final int end;
  private final boolean knowsTypes;

  private Tokenizer(HuggingFaceTokenizer tokenizer, String digest, boolean knowsTypes) {
    this.tokenizer = tokenizer;
    this.digest = digest;
    this.knowsTypes = knowsTypes;
    long[] frame = tokenizer.encode("", true, false).getIds();
    if (frame.length != 2) {
      throw new IllegalArgumentException(
          "an empty text has the tokens %s, expected the two of [CLS] [SEP]"
              .formatted(Arrays.toString(frame)));
    }
    this.begin = Math.toIntExact(frame[0]);
    this.end = Math.toIntExact(frame[1]);
  }

  /**
   * @param json the bytes of {@code tokenizer.json}
   * @param knowsTypes whether the base has a token type for second texts
   * @throws DiffstreamException BASE_UNKNOWN if the file is not a tokeniser of the bert kind
   */
  static Tokenizer of(String base, byte[] json, boolean knowsTypes) {
    TensorEngine.configure();
    Map<String, String> options =
        Map.of("truncation", "false", "padding", "false", "modelMaxLength", "1000000");
    try {
      HuggingFaceTokenizer loaded =
          HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options);
      return new Tokenizer(loaded, Sha256.of(json), knowsTypes);
    } catch (IOException | RuntimeException e) {
      throw new DiffstreamException(
          ErrorCode.BASE_UNKNOWN,
          "base %s has an unusable tokenizer.json: %s".formatted(base, e.getMessage()),
          e);
    }
  }

  /** SHA-256 of the bytes of {@code tokenizer.json}, as 64 hex digits. */
  public String digest() {
    return digest;
  }

  /**
   * Encodes a text, or a pair of texts, with the special tokens. What is too long is cut at its
   * end; of a pair the longer text gives way first.
   *
   * @param maxTokens limit of the whole, special tokens counted; at least 8
   */
  public Encoding encode(String text, @Nullable String textPair, int maxTokens) {
    if (maxTokens < 8) {
      throw new IllegalArgumentException("maxTokens must be at least 8, but is " + maxTokens);
    }
    long[] first = tokens(text);
    if (textPair == null) {
      return single(first, Math.min(first.length, maxTokens - 2));
    }
    return PairFeatures.CHOSEN == PairFeatures.SEPARATE
        ? separate(first, tokens(textPair), maxTokens)
        : joint(first, tokens(textPair), maxTokens);
  }

  @Override
  public void close() {
    tokenizer.close();
  }

  private Encoding separate(long[] first, long[] second, int maxTokens) {
    int keptFirst = Math.min(first.length, maxTokens - 2);
    int keptSecond = Math.min(second.length, maxTokens - 2);
    return pair(first, keptFirst, second, keptSecond, 2);
  }

  private Encoding joint(long[] first, long[] second, int maxTokens) {
    int room = maxTokens - 3;
    int keptFirst = first.length;
    int keptSecond = second.length;
    if (keptFirst + keptSecond > room) {
      int shorter = Math.min(Math.min(keptFirst, keptSecond), room / 2);
      boolean firstIsLonger = keptFirst > keptSecond;
      keptFirst = firstIsLonger ? room - shorter : shorter;
      keptSecond = room - keptFirst;
    }
    return pair(first, keptFirst, second, keptSecond, 1);
  }

  private Encoding single(long[] tokens, int kept) {
    int[] ids = new int[kept + 2];
    frame(tokens, kept, ids, 0);
    return new Encoding(ids, new int[ids.length], ids.length, kept < tokens.length);
  }

  /** {@code marks} special tokens frame the second text: its end alone, or both. */
  private Encoding pair(long[] first, int keptFirst, long[] second, int keptSecond, int marks) {
    int secondStart = keptFirst + 2;
    int[] ids = new int[secondStart + keptSecond + marks];
    int[] types = new int[ids.length];
    frame(second, keptSecond, ids, secondStart + marks - 2);
    frame(first, keptFirst, ids, 0);
    if (marks == 1 && knowsTypes) {
      Arrays.fill(types, secondStart, types.length, 1);
    }
    boolean truncated = keptFirst < first.length || keptSecond < second.length;
    return new Encoding(ids, types, secondStart, truncated);
  }

  /** Writes [CLS] tokens [SEP] from {@code at} on. */
  private void frame(long[] tokens, int kept, int[] ids, int at) {
    ids[at] = begin;
    for (int i = 0; i < kept; i++) {
      ids[at + 1 + i] = (int) tokens[i];
    }
    ids[at + 1 + kept] = end;
  }

  private long[] tokens(String text) {
    return tokenizer.encode(text, false, false).getIds();
  }
}
