package dev.diffstream.schemas.diff.codec;

import java.util.List;

/**
 * A tensor seen as a matrix: its first dimension by all others, or one row if it has only one
 * dimension. {@code rows * columns} fits an int.
 */
record Matrix(int rows, int columns) {

  static Matrix of(List<Integer> shape) {
    int size = 1;
    for (int dimension : shape) {
      size = Math.multiplyExact(size, dimension);
    }
    return shape.size() < 2 ? new Matrix(1, size) : new Matrix(shape.get(0), size / shape.get(0));
  }

  int size() {
    return rows * columns;
  }

  Matrix transposed() {
    return new Matrix(columns, rows);
  }

  /** The positions in the transposed matrix, ascending. */
  int[] transposed(int[] positions) {
    int[] turned = new int[positions.length];
    for (int i = 0; i < turned.length; i++) {
      turned[i] = positions[i] % columns * rows + positions[i] / columns;
    }
    java.util.Arrays.sort(turned);
    return turned;
  }

  /** Index behind the last of the positions from {@code at} that are in {@code row}. */
  int endOf(int row, int[] positions, int at) {
    int end = at;
    long limit = (row + 1L) * columns;
    while (end < positions.length && positions[end] < limit) {
      end++;
    }
    return end;
  }
}
