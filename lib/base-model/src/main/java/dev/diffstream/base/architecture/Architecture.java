package dev.diffstream.base.architecture;

/**
 * The sizes of a transformer encoder.
 *
 * @param hidden width of a token's vector in the layers
 * @param embedding width of a token's vector before the first layer; {@code hidden} but for {@link
 *     Family#ELECTRA}
 * @param layers number of transformer layers
 * @param heads attention heads of a layer; divides {@code hidden}
 * @param intermediate width between the two feed-forward matrices
 * @param vocab rows of the word embedding
 * @param firstPosition row of the position embedding that the first token takes
 * @param maxPositions longest sequence, in tokens
 * @param typeVocab rows of the token type embedding; 0 if there is none
 * @param layerNormEps added to the variance in every layer norm
 */
public record Architecture(
    Family family,
    int hidden,
    int embedding,
    int layers,
    int heads,
    int intermediate,
    int vocab,
    int firstPosition,
    int maxPositions,
    int typeVocab,
    double layerNormEps,
    Activation activation) {

  private static final int MAX_WIDTH = 1 << 14;
  private static final int MAX_LAYERS = 96;
  private static final int MAX_VOCAB = 1 << 20;
  private static final int MAX_POSITIONS = 1 << 14;
  private static final int MAX_TYPES = 64;

  public Architecture {
    Family.Fields fields = family.fields();
    requireRange(fields.hidden(), 1, hidden, MAX_WIDTH);
    requireRange("embedding_size", 1, embedding, MAX_WIDTH);
    requireRange(fields.layers(), 1, layers, MAX_LAYERS);
    requireRange(fields.heads(), 1, heads, hidden);
    requireRange(fields.intermediate(), 1, intermediate, 4 * MAX_WIDTH);
    requireRange("vocab_size", 1, vocab, MAX_VOCAB);
    requireRange(
        "max_position_embeddings", firstPosition + 1, firstPosition + maxPositions, MAX_POSITIONS);
    if (family.hasTokenTypes()) {
      requireRange("type_vocab_size", 1, typeVocab, MAX_TYPES);
    }
    if (hidden % heads != 0) {
      throw new IllegalArgumentException(
          "%s %d is not a multiple of %s %d"
              .formatted(fields.hidden(), hidden, fields.heads(), heads));
    }
    if (!(layerNormEps > 0 && layerNormEps < 1)) {
      throw new IllegalArgumentException(
          "layer_norm_eps must lie between 0 and 1, but is " + layerNormEps);
    }
  }

  /** Whether a matrix leads from the embeddings to the layers. */
  public boolean projectsEmbeddings() {
    return embedding != hidden;
  }

  /**
   * @throws IllegalArgumentException if a sequence has more tokens than the base has positions
   */
  public void checkLength(int tokens) {
    if (tokens > maxPositions) {
      throw new IllegalArgumentException(
          "the batch has sequences of %d tokens, the base takes at most %d"
              .formatted(tokens, maxPositions));
    }
  }

  private static void requireRange(String name, int min, int value, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s must lie between %d and %d, but is %d".formatted(name, min, max, value));
    }
  }
}
