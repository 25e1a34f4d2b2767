package dev.diffstream.base.diff;

import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A sparse change to a base: for some parameters, which values change and by how much. Independent
 * of any file or task.
 *
 * @param entries one for each changed parameter, in any order
 */
public record SparseDelta(List<Entry> entries) {
  /**
   * The change of one parameter.
   *
   * @param parameter its canonical name
   * @param positions flat row-major positions, strictly ascending
   * @param values what is added at each position
   */
  @SuppressWarnings("ArrayRecordComponent") // large; read in place, never changed
  public record Entry(String parameter, int[] positions, float[] values) {
    public Entry {
      if (positions.length != values.length) {
        throw new IllegalArgumentException(
            "%s has %d positions but %d values"
                .formatted(parameter, positions.length, values.length));
      }
    }
  }

  public SparseDelta {
    entries = List.copyOf(entries);
  }

  /**
   * As a diff file holds it, in ascending order of name.
   *
   * @param parameters of the base
   */
  public List<SparseTensor> tensors(List<Parameter> parameters) {
    Map<String, Entry> changes =
        entries.stream().collect(Collectors.toMap(Entry::parameter, entry -> entry));
    List<SparseTensor> tensors = new ArrayList<>();
    for (Parameter parameter : parameters) {
      Entry entry = changes.get(parameter.name());
      if (entry != null) {
        tensors.add(
            new SparseTensor(
                parameter.name(), parameter.shape(), entry.positions(), entry.values()));
      }
    }
    tensors.sort(Comparator.comparing(SparseTensor::name));
    return tensors;
  }

  /** Number of changed values. */
  public long size() {
    return entries.stream().mapToLong(entry -> entry.positions().length).sum();
  }
}
