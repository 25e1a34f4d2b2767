package dev.diffstream.base.engine;

import java.util.Locale;

/**
 * The number format of forward and backward passes while learning. State, updates and evaluation
 * are in fp32 in either case.
 */
public enum Compute {
  FP32(6),

  /**
   * A bf16 copy of the parameters, bf16 activations and gradients. It has the exponents of fp32, so
   * losses need no scaling: a scale would reach the gates' gradients, which the penalty is weighed
   * against.
   */
  BF16(15);

  private final int scalarType;

  /**
   * @param scalarType the engine's number of the format
   */
  Compute(int scalarType) {
    this.scalarType = scalarType;
  }

  /**
   * @param setting {@code fp32}, {@code bf16}, or {@code auto}: bf16 on a GPU, fp32 on a processor
   * @throws IllegalArgumentException for another word
   */
  public static Compute of(String setting, ComputeDevice device) {
    return switch (setting) {
      case "auto" -> device.isGpu() ? BF16 : FP32;
      case "fp32" -> FP32;
      case "bf16" -> BF16;
      default ->
          throw new IllegalArgumentException("compute must be auto, fp32 or bf16, got: " + setting);
    };
  }

  /** TorchScript that converts a tensor expression to this format. */
  public String cast(String expression) {
    return "torch.to(%s, %d, False, False, None)".formatted(expression, scalarType);
  }

  /** As settings and reports spell it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
