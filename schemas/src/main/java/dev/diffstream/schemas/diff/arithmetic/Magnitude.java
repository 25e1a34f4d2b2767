package dev.diffstream.schemas.diff.arithmetic;

import dev.diffstream.schemas.diff.model.Diff;

/**
 * How much a sparse change changes.
 *
 * @param nonzeros changed positions; a stored value of zero counts too
 * @param l2 Euclidean norm of the values, summed in fp64
 * @param max largest absolute value; 0 if there is none
 */
public record Magnitude(long nonzeros, double l2, double max) {

  public static Magnitude of(Diff.SparseTensor tensor) {
    double squares = 0;
    double max = 0;
    for (float value : tensor.values()) {
      squares += (double) value * value;
      max = Math.max(max, Math.abs(value));
    }
    return new Magnitude(tensor.values().length, Math.sqrt(squares), max);
  }

  /** Over all tensors; the head is not counted. */
  public static Magnitude of(Diff diff) {
    return diff.tensors().stream()
        .map(Magnitude::of)
        .reduce(new Magnitude(0, 0, 0), Magnitude::together);
  }

  /** Of two changes of different parameters. */
  public Magnitude together(Magnitude other) {
    return new Magnitude(
        nonzeros + other.nonzeros, Math.hypot(l2, other.l2), Math.max(max, other.max));
  }

  /** Root of the mean square of the changed values; 0 if there is none. */
  public double rms() {
    return nonzeros == 0 ? 0 : l2 / Math.sqrt(nonzeros);
  }
}
