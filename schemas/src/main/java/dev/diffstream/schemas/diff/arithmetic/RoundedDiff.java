package dev.diffstream.schemas.diff.arithmetic;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A diff whose values were rounded to a precision, without the positions that change nothing.
 *
 * @param tooSmall positions that were left out since their values became zero
 */
public record RoundedDiff(Diff diff, long tooSmall) {
  /**
   * Rounds, and leaves out what is zero then.
   *
   * @throws DiffstreamException INVALID_EVENT if a value is beyond the largest of the precision
   */
  public static RoundedDiff of(Diff diff, ValuePrecision precision) {
    List<SparseTensor> kept = new ArrayList<>();
    long nonzeros = 0;
    long tooSmall = 0;
    for (SparseTensor tensor : diff.tensors()) {
      expectInRange(tensor, precision);
      SparseTensor rounded = withoutZeros(tensor, precision.rounded(tensor.values()));
      nonzeros += rounded.positions().length;
      tooSmall += nonzeros(tensor.values()) - rounded.positions().length;
      if (rounded.positions().length > 0) {
        kept.add(rounded);
      }
    }
    return new RoundedDiff(
        new Diff(
            diff.metadata().with(precision, nonzeros),
            kept,
            diff.head(),
            diff.probes(),
            diff.auxiliary()),
        tooSmall);
  }

  private static void expectInRange(SparseTensor tensor, ValuePrecision precision) {
    for (int i = 0; i < tensor.values().length; i++) {
      if (Math.abs(tensor.values()[i]) > precision.largest()) {
        throw new DiffstreamException(
            ErrorCode.INVALID_EVENT,
            "rounding %s at %d to %s: expected at most %s, got %s; --precision fp32 holds it"
                .formatted(
                    tensor.name(),
                    tensor.positions()[i],
                    precision.text(),
                    precision.largest(),
                    tensor.values()[i]));
      }
    }
  }

  private static SparseTensor withoutZeros(SparseTensor tensor, float[] rounded) {
    int[] positions = new int[rounded.length];
    float[] values = new float[rounded.length];
    int count = 0;
    for (int i = 0; i < rounded.length; i++) {
      if (rounded[i] != 0) {
        positions[count] = tensor.positions()[i];
        values[count++] = rounded[i];
      }
    }
    return new SparseTensor(
        tensor.name(),
        tensor.shape(),
        Arrays.copyOf(positions, count),
        Arrays.copyOf(values, count));
  }

  private static long nonzeros(float[] values) {
    long nonzeros = 0;
    for (float value : values) {
      nonzeros += value == 0 ? 0 : 1;
    }
    return nonzeros;
  }
}
