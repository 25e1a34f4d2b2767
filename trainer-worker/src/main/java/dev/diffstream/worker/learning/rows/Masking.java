package dev.diffstream.worker.learning.rows;

import dev.diffstream.base.Base;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.worker.learning.rows.EncodedDataSet.Row;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Hides tokens as BERT does (Devlin et al. 2018): 15 % of a text's, at least one; of these 80 %
 * become the mask token, 10 % a random one, 10 % stay as they are.
 *
 * @param mask id of the mask token
 * @param vocabulary ids to draw random tokens from
 */
record Masking(int mask, int vocabulary) {
  private static final double SHARE = 0.15;

  /** BASE_UNKNOWN if the base has no mask token. */
  static Masking of(Base base) {
    if (base.tokenizer().maskId().isEmpty()) {
      throw new DiffstreamException(
          ErrorCode.BASE_UNKNOWN,
          "objective masked-lm needs a mask token, base "
              + base.name()
              + " has neither [MASK] nor <mask>");
    }
    return new Masking(base.tokenizer().maskId().getAsInt(), base.architecture().vocab());
  }

  /** The first and the last token are the tokeniser's own and never hidden. */
  Row hide(Encoding whole, SplittableRandom random) {
    int[] ids = whole.ids();
    int[] order = IntStream.range(1, ids.length - 1).toArray();
    int count = Math.min(order.length, (int) Math.max(1, Math.round(SHARE * order.length)));
    int[] positions = new int[count];
    for (int i = 0; i < count; i++) {
      int drawn = random.nextInt(i, order.length);
      positions[i] = order[drawn];
      order[drawn] = order[i];
    }
    java.util.Arrays.sort(positions);
    int[] hidden = new int[count];
    int[] shown = new int[count];
    for (int i = 0; i < count; i++) {
      hidden[i] = ids[positions[i]];
      double lot = random.nextDouble();
      shown[i] = lot < 0.8 ? mask : lot < 0.9 ? random.nextInt(vocabulary) : hidden[i];
    }
    return new Row(
        whole.with(positions, shown), new Target.OfMasked(this, whole, positions, hidden));
  }
}
