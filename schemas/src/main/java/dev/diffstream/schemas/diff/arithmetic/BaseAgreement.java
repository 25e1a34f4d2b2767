package dev.diffstream.schemas.diff.arithmetic;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.base.BaseDescriptor;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Whether a diff fits a base: digest, number of parameters, names and shapes. */
public final class BaseAgreement {
  private BaseAgreement() {}

  /**
   * @throws DiffstreamException BASE_MISMATCH that names what differs, expected and found
   */
  public static void check(Diff diff, BaseDescriptor base) {
    expect(base, "base digest", base.digest(), diff.metadata().baseDigest());
    expect(
        base, "number of base parameters", base.parameterCount(), diff.metadata().baseParameters());
    Map<String, List<Integer>> shapes = new TreeMap<>();
    base.parameters().forEach(parameter -> shapes.put(parameter.name(), parameter.shape()));
    for (SparseTensor tensor : diff.tensors()) {
      List<Integer> shape = shapes.get(tensor.name());
      if (shape == null) {
        throw mismatch(base, "expected parameters of the base, got " + tensor.name());
      }
      if (!tensor.shape().equals(shape)) {
        throw mismatch(
            base, "%s: expected shape %s, got %s".formatted(tensor.name(), shape, tensor.shape()));
      }
    }
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
