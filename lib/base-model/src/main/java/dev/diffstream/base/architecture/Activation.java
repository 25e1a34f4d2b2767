package dev.diffstream.base.architecture;

/** The function between the two feed-forward matrices of a layer. */
public enum Activation {
  /** {@code x * Phi(x)} with the exact error function. */
  GELU("torch.gelu(%s)"),
  /** The tanh approximation of {@link #GELU}. */
  GELU_NEW("torch.gelu(%s, approximate=\"tanh\")"),
  RELU("torch.relu(%s)");

  private final String script;

  Activation(String script) {
    this.script = script;
  }

  /** TorchScript that applies this function to an expression. */
  public String script(String expression) {
    return script.formatted(expression);
  }
}
