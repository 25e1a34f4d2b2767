package dev.diffstream.cli.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A PEFT SHiRA adapter as changes of a base. */
public final class ShiraImport {
  private static final String PREFIX = "base_model.model.";
  private static final String WEIGHT = ".shira_weight";
  private static final String INDICES = ".shira_indices";

  private final Base base;
  private final MappedTensors in;

  private ShiraImport(Base base, MappedTensors in) {
    this.base = base;
    this.in = in;
  }

  /**
   * Reads {@code adapter_config.json} and {@code adapter_model.safetensors}; values of one position
   * are added up. Whole modules become the positions where they differ from the base; a module that
   * the base does not have, such as a classifier of another kind, is an error.
   *
   * @throws DiffstreamException DATA_UNREADABLE, MALFORMED_DIFF; UNSUPPORTED_VERSION for another
   *     kind of adapter; BASE_MISMATCH if the base lacks a parameter or has another shape of it
   */
  public static Imported read(Base base, Path directory) {
    JsonNode config = TaskFacts.json(directory.resolve("adapter_config.json"));
    String type = config.path("peft_type").asText();
    if (!type.equals("SHIRA")) {
      throw new DiffstreamException(
          ErrorCode.UNSUPPORTED_VERSION,
          "%s: expected peft_type SHIRA, got %s".formatted(directory, type));
    }
    if (config.path("fan_in_fan_out").asBoolean()) {
      throw new DiffstreamException(
          ErrorCode.UNSUPPORTED_VERSION, directory + ": expected fan_in_fan_out false, got true");
    }
    MappedTensors in = MappedTensors.open(directory.resolve("adapter_model.safetensors"));
    return Imported.beside(new ShiraImport(base, in).tensors(), directory);
  }

  private List<SparseTensor> tensors() {
    List<SparseTensor> tensors = new ArrayList<>();
    for (String name : in.names()) {
      if (name.endsWith(WEIGHT)) {
        tensors.add(sparse(name));
      } else if (!name.endsWith(INDICES)) {
        Parameter parameter = parameter(name, name);
        expectShape(name, parameter);
        tensors.add(DenseChange.of(parameter, in.floats(name)));
      }
    }
    return tensors;
  }

  private SparseTensor sparse(String name) {
    String stem = name.substring(0, name.length() - WEIGHT.length());
    Parameter parameter = parameter(name, stem + ".weight");
    if (parameter.shape().size() != 2) {
      throw mismatch("%s: expected a matrix in the base, got %s".formatted(name, parameter));
    }
    int[] indices = in.positions(stem + INDICES);
    float[] values = in.floats(name);
    if (indices.length != 2L * values.length) {
      throw in.wrong(
          stem + INDICES, "2 x " + values.length + " positions", indices.length + " numbers");
    }
    int rows = parameter.shape().get(0);
    int columns = parameter.shape().get(1);
    int[] positions = new int[values.length];
    for (int i = 0; i < positions.length; i++) {
      int row = indices[i];
      int column = indices[values.length + i];
      if (row >= rows || column >= columns) {
        throw mismatch(
            "%s: expected positions within %d x %d, got %d, %d"
                .formatted(name, rows, columns, row, column));
      }
      positions[i] = row * columns + column;
    }
    return SparseSum.of(parameter.name(), parameter.shape(), positions, values);
  }

  private void expectShape(String name, Parameter parameter) {
    List<Long> expected = parameter.shape().stream().map(Integer::longValue).toList();
    if (!in.shape(name).equals(expected)) {
      throw mismatch("%s: expected shape %s, got %s".formatted(name, expected, in.shape(name)));
    }
  }

  /** By the name behind the prefix, with or without the family's name first. */
  private Parameter parameter(String name, String key) {
    if (!key.startsWith(PREFIX)) {
      throw in.wrong(name, "a name that begins with " + PREFIX, name);
    }
    String bare = key.substring(PREFIX.length());
    return find(bare)
        .or(() -> find(bare.substring(bare.indexOf('.') + 1)))
        .orElseThrow(() -> mismatch("expected parameters of the base, got " + bare));
  }

  private Optional<Parameter> find(String name) {
    return base.parameters().stream().filter(p -> p.name().equals(name)).findFirst();
  }

  private DiffstreamException mismatch(String what) {
    return new DiffstreamException(
        ErrorCode.BASE_MISMATCH, "the adapter against base %s: %s".formatted(base.name(), what));
  }
}
