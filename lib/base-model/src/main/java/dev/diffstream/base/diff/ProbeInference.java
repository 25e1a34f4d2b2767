package dev.diffstream.base.diff;

import dev.diffstream.base.Base;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.input.TensorInput;
import dev.diffstream.base.input.TextReading;
import dev.diffstream.base.input.TokenSelection;
import dev.diffstream.base.input.WordEncoding;
import dev.diffstream.schemas.diff.probe.ProbeRow;
import dev.diffstream.schemas.event.Objective;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Inference of a single example. The worker that records a diff's probe outputs and the gateway
 * that checks them run this same code.
 */
public final class ProbeInference {
  private ProbeInference() {}

  /** The probe output of a text, as a diff file records it. */
  public static float[] row(
      Base base,
      Head head,
      Objective objective,
      String text,
      @Nullable String textPair,
      TextReading reading) {
    return ProbeRow.of(objective, logits(base, head, objective, text, textPair, reading));
  }

  /** The probe output of tensors, as a diff file records it. */
  public static float[] row(Base base, Head head, TensorInput tensors) {
    return base.encoder().logits(Batch.of(List.of(tensors)), head)[0];
  }

  /**
   * Logits of the text; of each of its words for token classification; of each of its tokens for a
   * masked language model.
   */
  public static float[][] logits(
      Base base,
      Head head,
      Objective objective,
      String text,
      @Nullable String textPair,
      TextReading reading) {
    return switch (objective.labelling()) {
      case CLASS, NUMBER, LABEL_SET -> {
        Encoding encoding = base.encode(text, textPair, reading);
        yield base.encoder().logits(Batch.of(List.of(encoding)), head);
      }
      case TAGS -> {
        WordEncoding words = base.tokenizer().encodeWords(text, reading.maxTokens());
        yield tokenLogits(base, head, words.encoding(), words.firstTokenPositions());
      }
      case NONE -> {
        Encoding encoding = base.encode(text, null, reading);
        int[] all = IntStream.range(1, encoding.length() - 1).toArray();
        yield tokenLogits(base, head, encoding, all);
      }
    };
  }

  /** Logits of some tokens of a text. */
  public static float[][] tokenLogits(Base base, Head head, Encoding encoding, int[] positions) {
    return base.encoder()
        .logits(Batch.of(List.of(encoding)), head, TokenSelection.of(List.of(positions)));
  }
}
