package dev.diffstream.cli.exchange;

import static dev.diffstream.schemas.diff.format.TensorNames.HEAD_BIAS;
import static dev.diffstream.schemas.diff.format.TensorNames.HEAD_WEIGHT;
import static dev.diffstream.schemas.diff.format.TensorNames.NORM_BIAS;
import static dev.diffstream.schemas.diff.format.TensorNames.NORM_WEIGHT;
import static dev.diffstream.schemas.diff.format.TensorNames.TRANSFORM_BIAS;
import static dev.diffstream.schemas.diff.format.TensorNames.TRANSFORM_WEIGHT;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.DenseHead;
import dev.diffstream.schemas.diff.model.Diff.TiedHead;
import java.nio.FloatBuffer;
import java.util.List;

/** A task's dense head under the names that it has in a diff file. */
final class HeadTensors {
  /** The file beside formats that have no place for a head. */
  static final String FILE = "head.safetensors";

  private HeadTensors() {}

  static TensorFile add(Diff.Head head, TensorFile file) {
    return switch (head) {
      case DenseHead dense ->
          file.add(HEAD_WEIGHT, shape(dense.outputs(), dense.features()), wrap(dense.weight()))
              .add(HEAD_BIAS, dense.bias());
      case TiedHead tied ->
          file.add(
                  TRANSFORM_WEIGHT,
                  shape(tied.embedding(), tied.features()),
                  wrap(tied.transform()))
              .add(TRANSFORM_BIAS, tied.transformBias())
              .add(NORM_WEIGHT, tied.norm())
              .add(NORM_BIAS, tied.normBias())
              .add(HEAD_BIAS, tied.bias());
    };
  }

  /**
   * @throws DiffstreamException MALFORMED_DIFF if parts are missing or do not fit together
   */
  static Diff.Head read(MappedTensors file) {
    boolean tied = file.has(TRANSFORM_WEIGHT);
    String matrix = tied ? TRANSFORM_WEIGHT : HEAD_WEIGHT;
    float[] weight = file.floats(matrix);
    List<Long> shape = file.shape(matrix);
    if (shape.size() != 2) {
      throw file.wrong(matrix, "two dimensions", shape.toString());
    }
    int rows = (int) (long) shape.get(0);
    int features = (int) (long) shape.get(1);
    float[] bias = file.floats(HEAD_BIAS);
    try {
      return tied
          ? new TiedHead(
              bias.length,
              features,
              rows,
              weight,
              file.floats(TRANSFORM_BIAS),
              file.floats(NORM_WEIGHT),
              file.floats(NORM_BIAS),
              bias)
          : new DenseHead(rows, features, weight, bias);
    } catch (IllegalArgumentException e) {
      throw file.wrong(matrix, "the parts of a head", String.valueOf(e.getMessage()));
    }
  }

  private static List<Integer> shape(int rows, int columns) {
    return List.of(rows, columns);
  }

  private static FloatBuffer wrap(float[] values) {
    return FloatBuffer.wrap(values);
  }
}
