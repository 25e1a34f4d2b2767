package dev.diffstream.base;

/**
 * The shape of a BERT encoder, in the words of its {@code config.json}.
 *
 * @param activation {@code gelu}, {@code gelu_new} (tanh approximation) or {@code relu}
 */
public record Architecture(
    int hidden,
    int layers,
    int heads,
    int intermediate,
    int vocabulary,
    int maxPositions,
    int tokenTypes,
    double layerNormEps,
    String activation) {
  public Architecture {
    if (hidden < 1
        || layers < 1
        || heads < 1
        || hidden % heads != 0
        || intermediate < 1
        || vocabulary < 1
        || maxPositions < 3
        || tokenTypes < 1) {
      throw new IllegalArgumentException(
          "not a BERT architecture: hidden "
              + hidden
              + ", layers "
              + layers
              + ", heads "
              + heads
              + ", intermediate "
              + intermediate
              + ", vocabulary "
              + vocabulary
              + ", positions "
              + maxPositions
              + ", token types "
              + tokenTypes);
    }
  }
}
