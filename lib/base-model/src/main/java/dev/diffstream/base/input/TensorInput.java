package dev.diffstream.base.input;

import dev.diffstream.schemas.Sha256;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** One example as the tensors that a module takes, in the order of its {@link TensorSpec}s. */
public final class TensorInput implements Input {
  /** Length of random examples where the first dimension varies. */
  private static final int NOISE_STEPS = 16;

  private final List<TensorSpec> specs;
  private final List<float[]> values;

  private TensorInput(List<TensorSpec> specs, List<float[]> values) {
    this.specs = specs;
    this.values = values;
  }

  /**
   * @param values row-major, one array for each spec; not copied
   * @throws IllegalArgumentException if a number of values is not that of the shape, or a value is
   *     not finite
   */
  public static TensorInput of(List<TensorSpec> specs, List<float[]> values) {
    if (values.size() != specs.size()) {
      throw new IllegalArgumentException(
          "expected %d inputs, got %d".formatted(specs.size(), values.size()));
    }
    for (int i = 0; i < specs.size(); i++) {
      TensorSpec spec = specs.get(i);
      if (spec.steps(values.get(i).length) < 0) {
        throw new IllegalArgumentException(
            "input %s: expected values of shape %s, got %d values"
                .formatted(spec.name(), spec.shape(), values.get(i).length));
      }
      for (float value : values.get(i)) {
        if (!Float.isFinite(value)) {
          throw new IllegalArgumentException(
              "input %s: expected finite values, got %s".formatted(spec.name(), value));
        }
      }
    }
    return new TensorInput(List.copyOf(specs), List.copyOf(values));
  }

  /** Standard normal values, the same for the same seed on every machine. */
  public static TensorInput noise(List<TensorSpec> specs, long seed) {
    Random random = new Random(seed);
    List<float[]> values = new ArrayList<>();
    for (TensorSpec spec : specs) {
      int steps = spec.varies() ? NOISE_STEPS : spec.shape().getFirst();
      float[] noise = new float[steps * spec.stepSize()];
      for (int i = 0; i < noise.length; i++) {
        noise[i] = (float) random.nextGaussian();
      }
      values.add(noise);
    }
    return of(specs, values);
  }

  @Override
  public int maxSequenceLength() {
    int max = 1;
    for (int i = 0; i < specs.size(); i++) {
      max = specs.get(i).varies() ? Math.max(max, steps(i)) : max;
    }
    return max;
  }

  /** Always false: tensors are never cut. */
  @Override
  public boolean truncated() {
    return false;
  }

  /** SHA-256 over all values; equal for equal examples only. */
  public String digest() {
    MessageDigest digest = Sha256.digest();
    for (float[] array : values) {
      ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(array.length, Float.BYTES));
      bytes.asFloatBuffer().put(array);
      digest.update(bytes);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  List<TensorSpec> specs() {
    return specs;
  }

  float[] values(int input) {
    return values.get(input);
  }

  int steps(int input) {
    return specs.get(input).steps(values.get(input).length);
  }
}
