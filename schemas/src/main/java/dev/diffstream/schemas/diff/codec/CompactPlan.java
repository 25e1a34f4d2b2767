package dev.diffstream.schemas.diff.codec;

import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * How each tensor will be coded in the compact profile: found before anything is written, since a
 * file says first how long its parts are.
 */
public final class CompactPlan {
  private final List<SparseTensor> tensors;
  private final ValuePrecision precision;
  private final List<Directory.Entry> entries = new ArrayList<>();
  private final List<Long> positionBits = new ArrayList<>();
  private long positionBytes;
  private long valueBytes;

  /**
   * @param tensors ascending by name, with values that are rounded to the precision
   */
  public CompactPlan(List<SparseTensor> tensors, ValuePrecision precision) {
    this.tensors = List.copyOf(tensors);
    this.precision = precision;
    for (SparseTensor tensor : tensors) {
      PositionCode.Sized best = PositionCode.best(Matrix.of(tensor.shape()), tensor.positions());
      int bytes = Math.toIntExact((best.bits() + 7) / 8);
      positionBits.add(best.bits());
      entries.add(
          new Directory.Entry(
              tensor.name(),
              tensor.shape(),
              tensor.positions().length,
              best.code(),
              bytes,
              ValueCode.book(precision, tensor.values())));
      positionBytes += bytes;
      valueBytes += precision.bytes(tensor.values().length);
    }
  }

  public byte[] directory() {
    return Directory.write(entries, precision);
  }

  public long positionBytes() {
    return positionBytes;
  }

  public long valueBytes() {
    return valueBytes;
  }

  /** By tensor, bits of its positions without what fills the last byte. */
  public List<Long> positionBits() {
    return List.copyOf(positionBits);
  }

  public void writePositions(OutputStream out) throws IOException {
    for (int i = 0; i < tensors.size(); i++) {
      SparseTensor tensor = tensors.get(i);
      PositionCode code = entries.get(i).code();
      out.write(code.write(Matrix.of(tensor.shape()), tensor.positions(), positionBits.get(i)));
    }
  }

  public void writeValues(OutputStream out) throws IOException {
    for (int i = 0; i < tensors.size(); i++) {
      out.write(ValueCode.write(precision, tensors.get(i).values(), entries.get(i).book()));
    }
  }
}
