package dev.diffstream.base.network;

/** What a module computes after the last layer. */
public enum Output {
  /** The last layer: sequences x length x hidden. */
  HIDDEN("", "Tensor", "x0"),
  /** Pooled features: examples x features. */
  FEATURES("", "Tensor", "features"),
  /** Logits of a head: examples x outputs. */
  LOGITS(Script.HEAD_ARGUMENTS, "Tensor", Script.LINEAR),
  /** Mean softmax cross entropy, and the logits. */
  CLASS_LOSS(
      "target: Tensor," + Script.HEAD_ARGUMENTS,
      Script.PAIR,
      "(torch.cross_entropy_loss(logits, target), logits)"),
  /** Mean squared error, and the logits. */
  REAL_LOSS(
      "target: Tensor," + Script.HEAD_ARGUMENTS,
      Script.PAIR,
      "(torch.mse_loss(torch.squeeze(logits, 1), target), logits)"),
  /** Mean binary cross entropy of the sigmoid, and the logits. */
  LABEL_SET_LOSS(
      "target: Tensor," + Script.HEAD_ARGUMENTS,
      Script.PAIR,
      "(torch.binary_cross_entropy_with_logits(logits, target), logits)"),
  /** Logits of a head for single tokens: tokens x outputs. */
  TOKEN_LOGITS("tokens: Tensor," + Script.HEAD_ARGUMENTS, "Tensor", Script.LINEAR),
  /** Mean softmax cross entropy over single tokens, and the logits. */
  TOKEN_LOSS(
      "tokens: Tensor, target: Tensor," + Script.HEAD_ARGUMENTS,
      Script.PAIR,
      "(torch.cross_entropy_loss(logits, target), logits)"),
  /** Logits of a tied head for single tokens: tokens x vocabulary. */
  TIED_LOGITS("tokens: Tensor," + Script.HEAD_ARGUMENTS, "Tensor", Script.TIED),
  /** Mean softmax cross entropy over single tokens, and no logits: they are too many. */
  TIED_LOSS(
      "tokens: Tensor, target: Tensor," + Script.HEAD_ARGUMENTS,
      Script.PAIR,
      "(torch.cross_entropy_loss(logits, target), torch.slice(logits, 0, 0, 0))");

  private final String arguments;
  private final String type;
  private final String result;

  Output(String arguments, String type, String result) {
    this.arguments = arguments;
    this.type = type;
    this.result = result;
  }

  boolean hasLoss() {
    return type.equals(Script.PAIR);
  }

  /** Of single tokens instead of whole texts. */
  boolean ofTokens() {
    return arguments.startsWith("tokens");
  }

  boolean tied() {
    return this == TIED_LOGITS || this == TIED_LOSS;
  }

  /** The expression of the logits. */
  String logits() {
    return tied() ? Script.TIED : Script.LINEAR;
  }

  String arguments() {
    return arguments;
  }

  String type() {
    return type;
  }

  String result() {
    return result;
  }

  /** Parts of the scripts; a constant of an enum cannot name the enum's own fields. */
  private static final class Script {
    static final String HEAD_ARGUMENTS = " head_w: Tensor, head_b: Tensor,";
    static final String PAIR = "Tuple[Tensor, Tensor]";
    static final String LINEAR = "torch.linear(features, head_w, head_b)";

    /** Scores of all words: the transformed token against each word's own embedding. */
    static final String TIED = "torch.linear(features, words, head_b)";
  }
}
