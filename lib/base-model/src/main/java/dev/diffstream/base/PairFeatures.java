package dev.diffstream.base;

/** How a pair of texts becomes the features of one example. */
enum PairFeatures {
  /** One sequence {@code [CLS] a [SEP] b [SEP]}, one mean over it. */
  JOINT(1),
  /** One sequence; means u and v over each text's part; {@code [u, v, |u-v|, u*v]}. */
  PARTS(4),
  /** Two sequences; means u and v of each; {@code [u, v, |u-v|, u*v]}. */
  SEPARATE(4);

  private final int width;

  PairFeatures(int width) {
    this.width = width;
  }

  /** Features of a pair, in multiples of the base's width. */
  int width() {
    return width;
  }

  /** Means that the encoder takes for each pair. */
  int means() {
    return this == JOINT ? 1 : 2;
  }

  /** The one that the product uses. */
  static final PairFeatures CHOSEN =
      PairFeatures.valueOf(System.getProperty("diffstream.experiment.pairs", "SEPARATE"));
}
