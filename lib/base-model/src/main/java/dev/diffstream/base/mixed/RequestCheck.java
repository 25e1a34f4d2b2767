package dev.diffstream.base.mixed;

import dev.diffstream.base.architecture.Architecture;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.input.TokenBatch;
import dev.diffstream.base.mixed.MixedPass.Request;

/** Whether a request fits the base: before anything is computed, since kernels check nothing. */
record RequestCheck(Architecture architecture) {
  /**
   * @throws IllegalArgumentException if it does not
   */
  void check(Request request) {
    Encoding encoding = request.encoding();
    architecture.checkLength(encoding.maxSequenceLength());
    for (int i = 0; i < encoding.length(); i++) {
      int types = architecture.typeVocab();
      TokenBatch.checkId(encoding.id(i), encoding.typeId(i), architecture.vocab(), types);
    }
    int features = architecture.hidden() * (encoding.isPair() ? 4 : 1);
    if (request.head().features() != features) {
      throw new IllegalArgumentException(
          "the head takes %d features, the request gives %d"
              .formatted(request.head().features(), features));
    }
    checkTokens(request);
  }

  private static void checkTokens(Request request) {
    int[] tokens = request.tokens();
    if (tokens == null) {
      if (request.head().isTied()) {
        throw new IllegalArgumentException("a tied head gives logits of single tokens only");
      }
      return;
    }
    if (request.encoding().isPair()) {
      throw new IllegalArgumentException("single tokens can be selected of texts only, not pairs");
    }
    for (int token : tokens) {
      if (token < 0 || token >= request.encoding().length()) {
        throw new IllegalArgumentException(
            "token %d, the text has %d".formatted(token, request.encoding().length()));
      }
    }
  }
}
