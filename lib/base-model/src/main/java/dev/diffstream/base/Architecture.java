package dev.diffstream.base;

/**
 * The sizes of a BERT encoder, under the names of its configuration file.
 *
 * @param hidden width of a token's vector
 * @param layers number of transformer layers
 * @param heads attention heads of a layer; divides {@code hidden}
 * @param intermediate width between the two feed-forward matrices
 * @param vocab rows of the word embedding
 * @param maxPositions longest sequence, in tokens
 * @param typeVocab rows of the token type embedding; 2 where pairs are known
 * @param layerNormEps added to the variance in every layer norm
 */
public record Architecture(
    int hidden,
    int layers,
    int heads,
    int intermediate,
    int vocab,
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
    within("hidden_size", hidden, MAX_WIDTH);
    within("num_hidden_layers", layers, MAX_LAYERS);
    within("num_attention_heads", heads, hidden);
    within("intermediate_size", intermediate, 4 * MAX_WIDTH);
    within("vocab_size", vocab, MAX_VOCAB);
    within("max_position_embeddings", maxPositions, MAX_POSITIONS);
    within("type_vocab_size", typeVocab, MAX_TYPES);
    if (hidden % heads != 0) {
      throw new IllegalArgumentException(
          "hidden_size %d is not a multiple of num_attention_heads %d".formatted(hidden, heads));
    }
    if (!(layerNormEps > 0 && layerNormEps < 1)) {
      throw new IllegalArgumentException(
          "layer_norm_eps must lie between 0 and 1, but is " + layerNormEps);
    }
  }

  private static void within(String name, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(
          "%s must lie between 1 and %d, but is %d".formatted(name, most, value));
    }
  }
}
