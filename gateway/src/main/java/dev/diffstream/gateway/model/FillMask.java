package dev.diffstream.gateway.model;

import dev.diffstream.base.Base;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.gateway.model.Answer.Fill;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The likeliest tokens in place of the mask tokens of a text. */
final class FillMask {
  private static final int FILLS = 5;

  private FillMask() {}

  /** Positions of the mask tokens; INVALID_REQUEST for a text without the base's mask token. */
  static int[] places(Base base, Encoding encoding, int maxTokens) {
    int mask = base.tokenizer().maskId().orElse(-1);
    int[] ids = encoding.ids();
    int[] places = IntStream.range(0, ids.length).filter(i -> ids[i] == mask).toArray();
    if (places.length == 0) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "expected the token "
              + base.tokenizer().maskToken()
              + " in each text, within its first "
              + maxTokens
              + " tokens");
    }
    return places;
  }

  /**
   * @param logits of all words, by mask token
   */
  static List<List<Fill>> fills(Base base, float[][] logits) {
    return Arrays.stream(logits)
        .map(words -> likeliest(base, Probabilities.softmax(words)))
        .toList();
  }

  /** One pass for the five best: sorting a vocabulary takes longer than computing it. */
  private static List<Fill> likeliest(Base base, float[] probabilities) {
    int[] best = new int[Math.min(FILLS, probabilities.length)];
    int found = 0;
    for (int id = 0; id < probabilities.length; id++) {
      int place = found;
      while (place > 0 && probabilities[best[place - 1]] < probabilities[id]) {
        place--;
      }
      if (place == best.length) {
        continue;
      }
      found = Math.min(found + 1, best.length);
      System.arraycopy(best, place, best, place + 1, found - place - 1);
      best[place] = id;
    }
    return Arrays.stream(best)
        .mapToObj(id -> new Fill(base.tokenizer().token(id), probabilities[id]))
        .toList();
  }
}
