package dev.diffstream.worker.learning.parameters;

import dev.diffstream.worker.learning.parameters.Vectors.AdamStep;

/** {@link Vectors#adam} as tensor operations of a script, in the same order. */
public final class TensorAdam {
  private TensorAdam() {}

  /** The constants of a step, as a script takes them. */
  public static double[] numbers(AdamStep step) {
    return new double[] {step.clip(), step.rate(), step.correction()};
  }

  /**
   * Lines that move both moments and leave the change in {@code change_<name>}, over the values
   * from {@code a} to {@code b}; the script names the constants {@code of_<name>}.
   *
   * @param gradient of these values alone
   * @param mean first moment of all values
   * @param square second moment of all values
   */
  public static String change(String name, String gradient, String mean, String square) {
    return """
        clipped_%1$s = torch.mul(%2$s, of_%1$s[0])
        m_%1$s = torch.slice(%3$s, 0, a, b)
        v_%1$s = torch.slice(%4$s, 0, a, b)
        m1_%1$s = torch.add_(torch.mul_(m_%1$s, %5$s), torch.mul(clipped_%1$s, %6$s))
        squared_%1$s = torch.mul(clipped_%1$s, clipped_%1$s)
        v1_%1$s = torch.add_(torch.mul_(v_%1$s, %7$s), torch.mul(squared_%1$s, %8$s))
        root_%1$s = torch.add(torch.mul(torch.sqrt(v_%1$s), of_%1$s[2]), %9$s)
        change_%1$s = torch.div(torch.mul(m_%1$s, of_%1$s[1]), root_%1$s)
        """
        .formatted(
            name,
            gradient,
            mean,
            square,
            (double) Vectors.BETA1,
            (double) (1 - Vectors.BETA1),
            (double) Vectors.BETA2,
            (double) (1 - Vectors.BETA2),
            "%.20f".formatted((double) Vectors.EPSILON));
  }
}
