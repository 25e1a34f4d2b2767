package dev.diffstream.base.mixed;

import dev.diffstream.base.architecture.EncoderPlan;
import dev.diffstream.base.architecture.EncoderPlan.Linear;
import dev.diffstream.base.architecture.EncoderPlan.Norm;
import dev.diffstream.base.architecture.EncoderPlan.Table;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.diff.SparseDelta.Entry;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A diff beside the parts of an encoder that it changes: 8 bytes a changed value outside the heap,
 * in the order of the diff, which is that of rows.
 */
final class PackedDelta extends AddedDelta {
  private static final int ALIGNMENT = 64;

  private final Arena arena;
  private final Map<String, Changes> changes = new HashMap<>();
  private final int untouchedLayers;

  /**
   * Of one parameter.
   *
   * @param places address of {@code count} ints: {@code row << 16 | column} of a linear part's
   *     weight, which is never wider than 65,536; the flat position, ascending, of any other
   *     parameter
   * @param values address of as many floats
   */
  record Changes(long places, long values, int count) implements ParameterChanges {
    static final Changes NONE = new Changes(0, 0, 0);

    @Override
    public int place(int index) {
      return Lanes.getInt(places + (long) index * Integer.BYTES);
    }

    @Override
    public float value(int index) {
      return Lanes.get(values + (long) index * Float.BYTES);
    }
  }

  PackedDelta(EncoderPlan plan, SparseDelta delta) {
    this(plan, delta, Arena.ofShared());
  }

  private PackedDelta(EncoderPlan plan, SparseDelta delta, Arena arena) {
    super((Integer.BYTES + Float.BYTES) * delta.size());
    this.arena = arena;
    Map<String, Integer> columns = new HashMap<>();
    plan.linears().forEach(linear -> columns.put(linear.weight(), linear.inputs()));
    for (Entry entry : delta.entries()) {
      changes.put(entry.parameter(), pack(entry, columns.get(entry.parameter())));
    }
    this.untouchedLayers = untouched(plan, name -> of(name).count() > 0);
  }

  private static int untouched(EncoderPlan plan, Predicate<String> changed) {
    if (plan.embeddings().parameters().stream().anyMatch(changed)) {
      return 0;
    }
    int layers = 0;
    while (layers < plan.layers().size()
        && plan.layers().get(layers).parameters().stream().noneMatch(changed)) {
      layers++;
    }
    return layers;
  }

  /** How many of the lower layers it leaves as they are; 0 if it changes the embeddings. */
  int untouchedLayers() {
    return untouchedLayers;
  }

  private Changes pack(Entry entry, @Nullable Integer columns) {
    int count = entry.positions().length;
    MemorySegment places = arena.allocate((long) count * Integer.BYTES, ALIGNMENT);
    for (int i = 0; i < count; i++) {
      int position = entry.positions()[i];
      int place = columns == null ? position : place(position, columns);
      places.setAtIndex(ValueLayout.JAVA_INT, i, place);
    }
    MemorySegment values = arena.allocate((long) count * Float.BYTES, ALIGNMENT);
    MemorySegment.copy(entry.values(), 0, values, ValueLayout.JAVA_FLOAT, 0, count);
    return new Changes(places.address(), values.address(), count);
  }

  /** Row and column of a flat position; both are below 65,536. */
  static int place(int position, int columns) {
    return position / columns << 16 | position % columns;
  }

  Changes weight(Linear linear) {
    return of(linear.weight());
  }

  Changes bias(Linear linear) {
    return of(linear.bias());
  }

  Changes weight(Norm norm) {
    return of(norm.weight());
  }

  Changes bias(Norm norm) {
    return of(norm.bias());
  }

  @Override
  Changes table(Table table) {
    return of(table.name());
  }

  private Changes of(String parameter) {
    return changes.getOrDefault(parameter, Changes.NONE);
  }

  @Override
  void free() {
    arena.close();
  }
}
