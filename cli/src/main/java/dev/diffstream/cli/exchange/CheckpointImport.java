package dev.diffstream.cli.exchange;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The largest changes between a base and a checkpoint that was fine-tuned from it. */
public final class CheckpointImport {
  private final Base base;
  private final Base checkpoint;

  private CheckpointImport(Base base, Base checkpoint) {
    this.base = base;
    this.checkpoint = checkpoint;
  }

  /**
   * Keeps the k = density x parameters changes of greatest absolute value over all parameters;
   * among equal ones those that come first by name and position.
   *
   * @param density above 0, at most 1
   * @param directory in Hugging Face layout, see {@link Base#fromDirectory}
   * @throws DiffstreamException BASE_UNKNOWN if the checkpoint cannot be read; BASE_MISMATCH if its
   *     parameters are not the base's; MALFORMED_DIFF if a value is not finite
   */
  public static Imported read(Base base, Path directory, double density) {
    try (Base checkpoint = Base.fromDirectory(directory)) {
      CheckpointImport reading = new CheckpointImport(base, checkpoint);
      reading.checkShapes();
      long parameters = base.parameters().stream().mapToLong(Parameter::size).sum();
      return Imported.beside(reading.largest((long) (density * parameters)), directory);
    }
  }

  private void checkShapes() {
    List<String> expected = base.parameters().stream().map(Parameter::toString).toList();
    List<String> actual = checkpoint.parameters().stream().map(Parameter::toString).toList();
    for (int i = 0; i < Math.max(expected.size(), actual.size()); i++) {
      String here = i < expected.size() ? expected.get(i) : "nothing more";
      String there = i < actual.size() ? actual.get(i) : "nothing more";
      if (!here.equals(there)) {
        throw new DiffstreamException(
            ErrorCode.BASE_MISMATCH,
            "checkpoint %s against base %s: expected %s, got %s"
                .formatted(checkpoint.name(), base.name(), here, there));
      }
    }
  }

  private List<SparseTensor> largest(long count) {
    LargestChanges least = new LargestChanges(count);
    for (int pass = 0; pass < LargestChanges.PASSES; pass++) {
      for (int i = 0; i < base.parameters().size(); i++) {
        count(i, least);
      }
      least.nextPass();
    }
    List<SparseTensor> tensors = new ArrayList<>();
    for (int i = 0; i < base.parameters().size(); i++) {
      tensors.add(kept(i, least));
    }
    return tensors;
  }

  private void count(int parameter, LargestChanges largest) {
    FloatBuffer before = base.parameters().get(parameter).values();
    FloatBuffer after = checkpoint.parameters().get(parameter).values();
    for (int i = 0; i < before.capacity(); i++) {
      float change = after.get(i) - before.get(i);
      if (!Float.isFinite(change)) {
        throw new DiffstreamException(
            ErrorCode.MALFORMED_DIFF,
            "checkpoint %s, %s at %d: expected a finite value, got %s"
                .formatted(
                    checkpoint.name(), base.parameters().get(parameter).name(), i, after.get(i)));
      }
      largest.count(change);
    }
  }

  private SparseTensor kept(int parameter, LargestChanges largest) {
    FloatBuffer before = base.parameters().get(parameter).values();
    FloatBuffer after = checkpoint.parameters().get(parameter).values();
    int[] positions = new int[64];
    float[] values = new float[64];
    int count = 0;
    for (int i = 0; i < before.capacity(); i++) {
      float change = after.get(i) - before.get(i);
      if (largest.keep(change)) {
        if (count == positions.length) {
          positions = Arrays.copyOf(positions, 2 * count);
          values = Arrays.copyOf(values, 2 * count);
        }
        positions[count] = i;
        values[count++] = change;
      }
    }
    return new SparseTensor(
        base.parameters().get(parameter).name(),
        base.parameters().get(parameter).shape(),
        Arrays.copyOf(positions, count),
        Arrays.copyOf(values, count));
  }
}
