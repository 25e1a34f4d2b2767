package dev.diffstream.gateway.model;

import dev.diffstream.base.engine.Compute;
import java.util.Locale;
import java.util.Map;

/**
 * In which number format texts are computed.
 *
 * @param error of the format, see {@link dev.diffstream.base.mixed.ComputeError}; 0 in fp32
 */
public record Precision(Compute compute, double error) {
  public static final Precision FP32 = new Precision(Compute.FP32, 0);

  /** Another machine may add in another order. */
  private static final double TOLERANCE = 1e-3;

  /** Of bf16: a mantissa of 8 bits in each of a dozen products. */
  private static final double LOW_TOLERANCE = 0.05;

  /** By how much the answer to a probe may differ from the recorded one, absolute and relative. */
  double tolerance() {
    return compute == Compute.FP32 ? TOLERANCE : LOW_TOLERANCE;
  }

  /** What the metadata of tasks say of it. */
  Map<String, String> properties() {
    return compute == Compute.FP32
        ? Map.of()
        : Map.of(
            "compute", compute.text(), "compute_error", String.format(Locale.ROOT, "%.2g", error));
  }
}
