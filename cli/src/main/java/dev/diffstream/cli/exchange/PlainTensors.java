package dev.diffstream.cli.exchange;

import static dev.diffstream.schemas.diff.codec.PlainTensors.INDICES;
import static dev.diffstream.schemas.diff.codec.PlainTensors.VALUES;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.format.Profile;
import dev.diffstream.schemas.diff.format.TensorNames;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Plain safetensors: {@code <parameter>.indices} int32 and {@code <parameter>.values} fp32 whatever
 * the diff's own precision, the head under its names in a diff file, the facts as metadata.
 */
public final class PlainTensors {
  private PlainTensors() {}

  /** Writes one file. */
  public static void write(Diff diff, TaskFacts facts, Path file) {
    TensorFile out = new TensorFile().with(facts.entries());
    for (SparseTensor tensor : diff.tensors()) {
      int count = tensor.positions().length;
      out.add(tensor.name() + INDICES, List.of(count), tensor.positions());
      out.add(tensor.name() + VALUES, tensor.values());
    }
    HeadTensors.add(diff.head(), out).write(file);
  }

  /**
   * The changes of parameters of {@code base}. Positions may come in any order and more than once;
   * values of one position are added up.
   *
   * @throws DiffstreamException DATA_UNREADABLE; MALFORMED_DIFF, also if no parameter has
   *     positions; BASE_MISMATCH for what is not in the base
   */
  public static Imported read(Base base, Path file) {
    MappedTensors in = MappedTensors.open(file);
    expectPositions(in, file);
    List<SparseTensor> tensors = new ArrayList<>();
    for (String name : in.names()) {
      if (name.endsWith(INDICES)) {
        String parameter = name.substring(0, name.length() - INDICES.length());
        int[] positions = in.positions(name);
        float[] values = in.floats(parameter + VALUES);
        if (positions.length != values.length) {
          throw in.wrong(
              parameter + VALUES, positions.length + " values", Integer.toString(values.length));
        }
        tensors.add(
            SparseSum.of(
                parameter, parameter(base, parameter, positions).shape(), positions, values));
      }
    }
    boolean head = in.names().stream().anyMatch(name -> name.startsWith(TensorNames.HEAD));
    TaskFacts facts = new TaskFacts(in.metadata());
    Imported imported = new Imported(tensors, head ? HeadTensors.read(in) : null, facts);
    return imported.tensors().isEmpty() ? imported.withFacts(facts.ofOtherValues()) : imported;
  }

  private static void expectPositions(MappedTensors in, Path file) {
    if (in.names().stream().noneMatch(name -> name.endsWith(INDICES))) {
      boolean compact = Profile.COMPACT.text().equals(in.metadata().get("profile"));
      throw new DiffstreamException(
          ErrorCode.MALFORMED_DIFF,
          "%s: expected tensors <parameter>%s and <parameter>%s, got %s"
              .formatted(
                  file,
                  INDICES,
                  VALUES,
                  compact
                      ? "a compact diffstream file, which `diffstream diff convert` makes plain"
                      : "no %s of any parameter".formatted(INDICES)));
    }
  }

  private static Parameter parameter(Base base, String name, int[] positions) {
    Parameter parameter =
        base.parameters().stream()
            .filter(p -> p.name().equals(name))
            .findFirst()
            .orElseThrow(() -> mismatch(base, "expected one of its parameters, got " + name));
    for (int position : positions) {
      if (position < 0 || position >= parameter.size()) {
        throw mismatch(
            base,
            "%s: expected positions below %d, got %d".formatted(name, parameter.size(), position));
      }
    }
    return parameter;
  }

  private static DiffstreamException mismatch(Base base, String what) {
    return new DiffstreamException(
        ErrorCode.BASE_MISMATCH, "the tensors against base %s: %s".formatted(base.name(), what));
  }
}
