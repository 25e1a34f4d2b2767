package dev.diffstream.schemas.diff.arithmetic;

import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import org.jspecify.annotations.Nullable;

/** Walks once along the positions of two changes of one parameter. */
final class OverlapCount {
  private long both;
  private long sameSign;
  private long otherSign;
  private double dot;
  private double leftSquaresOnBoth;
  private double rightSquaresOnBoth;

  private OverlapCount() {}

  /** Either may be absent, not both. */
  static Overlap of(@Nullable SparseTensor left, @Nullable SparseTensor right) {
    OverlapCount count = new OverlapCount();
    if (left != null && right != null) {
      count.walk(left, right);
    }
    return new Overlap(
        left == null ? 0 : left.positions().length,
        right == null ? 0 : right.positions().length,
        count.both,
        count.sameSign,
        count.otherSign,
        count.dot,
        squares(left),
        squares(right),
        count.leftSquaresOnBoth,
        count.rightSquaresOnBoth);
  }

  private void walk(SparseTensor left, SparseTensor right) {
    int[] a = left.positions();
    int[] b = right.positions();
    for (int i = 0, j = 0; i < a.length && j < b.length; ) {
      if (a[i] < b[j]) {
        i++;
      } else if (a[i] > b[j]) {
        j++;
      } else {
        meet(left.values()[i++], right.values()[j++]);
      }
    }
  }

  private void meet(double a, double b) {
    both++;
    dot += a * b;
    leftSquaresOnBoth += a * a;
    rightSquaresOnBoth += b * b;
    if (a != 0 && b != 0) {
      if (a > 0 == b > 0) {
        sameSign++;
      } else {
        otherSign++;
      }
    }
  }

  private static double squares(@Nullable SparseTensor tensor) {
    double norm = tensor == null ? 0 : Magnitude.of(tensor).l2();
    return norm * norm;
  }
}
