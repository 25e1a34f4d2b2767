package dev.diffstream.gateway.model;

import dev.diffstream.base.Base;
import dev.diffstream.base.diff.ProbeInference;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.gateway.model.Answer.Fill;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The likeliest tokens in place of the mask tokens of a text. */
final class FillMask {
  private static final int FILLS = 5;

  private FillMask() {}

  /** INVALID_REQUEST for a text without the base's mask token. */
  static List<List<Fill>> of(Base base, Head head, Encoding encoding, int maxTokens) {
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
    List<List<Fill>> fills = new ArrayList<>();
    for (float[] logits : ProbeInference.tokenLogits(base, head, encoding, places)) {
      fills.add(likeliest(base, Probabilities.softmax(logits)));
    }
    return fills;
  }

  private static List<Fill> likeliest(Base base, float[] probabilities) {
    return IntStream.range(0, probabilities.length)
        .boxed()
        .sorted(Comparator.<Integer>comparingDouble(id -> -probabilities[id]))
        .limit(FILLS)
        .map(id -> new Fill(base.tokenizer().token(id), probabilities[id]))
        .toList();
  }
}
