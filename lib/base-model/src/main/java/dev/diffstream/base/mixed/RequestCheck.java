package dev.diffstream.base.mixed;

import dev.diffstream.base.architecture.Architecture;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.mixed.MixedPass.Request;

/** Whether a request fits the base: before anything is computed, since kernels check nothing. */
record RequestCheck(Architecture architecture) {
  /**
   * @throws IllegalArgumentException if it does not
   */
  void check(Request request) {
    Encoding encoding = request.encoding();
    if (encoding.maxSequenceLength() > architecture.maxPositions()) {
      throw new IllegalArgumentException(
          "the batch has sequences of %d tokens, the base takes at most %d"
              .formatted(encoding.maxSequenceLength(), architecture.maxPositions()));
    }
    for (int i = 0; i < encoding.length(); i++) {
      checkId(encoding.id(i), encoding.typeId(i));
    }
    int features = architecture.hidden() * (encoding.isPair() ? 4 : 1);
    if (request.head().features() != features) {
      throw new IllegalArgumentException(
          "the head takes %d features, the request gives %d"
              .formatted(request.head().features(), features));
    }
    checkTokens(request);
  }

  private void checkId(int id, int type) {
    if (id < 0
        || id >= architecture.vocab()
        || type < 0
        || type >= Math.max(1, architecture.typeVocab())) {
      throw new IllegalArgumentException(
          "token id %d of type %d, the base has %d ids and %d types"
              .formatted(id, type, architecture.vocab(), architecture.typeVocab()));
    }
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
