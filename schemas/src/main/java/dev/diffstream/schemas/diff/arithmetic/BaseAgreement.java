package dev.diffstream.schemas.diff.arithmetic;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.Diff;
import dev.diffstream.schemas.diff.Diff.SparseTensor;
import dev.diffstream.schemas.registry.BaseDescriptor;
import dev.diffstream.schemas.registry.BaseDescriptor.ParameterShape;
import java.util.Map;
import java.util.TreeMap;

/** Whether a diff fits a base: digest, number of parameters, names and positions. */
public final class BaseAgreement {
  private BaseAgreement() {}

  /**
   * @throws DiffstreamException BASE_MISMATCH that names what differs, expected and found
   */
  public static void check(Diff diff, BaseDescriptor base) {
    expect(base, "base digest", base.digest(), diff.metadata().baseDigest());
    expect(
        base, "number of base parameters", base.parameterCount(), diff.metadata().baseParameters());
    Map<String, Long> sizes = sizes(base);
    for (SparseTensor tensor : diff.tensors()) {
      Long size = sizes.get(tensor.name());
      if (size == null) {
        throw mismatch(base, "expected parameters of the base, got " + tensor.name());
      }
      int[] positions = tensor.positions();
      if (positions.length > 0 && positions[positions.length - 1] >= size) {
        throw mismatch(
            base,
            "%s: expected positions below %d, got %d"
                .formatted(tensor.name(), size, positions[positions.length - 1]));
      }
    }
  }

  /** Number of values of each parameter. */
  public static Map<String, Long> sizes(BaseDescriptor base) {
    Map<String, Long> sizes = new TreeMap<>();
    for (ParameterShape parameter : base.parameters()) {
      sizes.put(parameter.name(), parameter.size());
    }
    return sizes;
  }

  private static void expect(BaseDescriptor base, String what, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      throw mismatch(base, "%s: expected %s, got %s".formatted(what, expected, actual));
    }
  }

  private static DiffstreamException mismatch(BaseDescriptor base, String what) {
    return new DiffstreamException(
        ErrorCode.BASE_MISMATCH, "the diff against base %s: %s".formatted(base.name(), what));
  }
}
