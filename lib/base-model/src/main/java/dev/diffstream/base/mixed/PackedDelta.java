package dev.diffstream.base.mixed;

import dev.diffstream.base.architecture.EncoderPlan;
import dev.diffstream.base.architecture.EncoderPlan.Linear;
import dev.diffstream.base.architecture.EncoderPlan.Norm;
import dev.diffstream.base.architecture.EncoderPlan.Table;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.diff.SparseDelta.Entry;
import dev.diffstream.base.mixed.kernel.Changes;
import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * A diff beside the parts of an encoder that it changes, in one block outside the heap: 7 bytes a
 * changed value, of very large parameters 8.
 */
final class PackedDelta extends AddedDelta {
  private static final int ALIGNMENT = 64;

  private final Arena arena = Arena.ofShared();
  private final Map<String, Changes> changes = new HashMap<>();
  private final int untouchedLayers;

  PackedDelta(EncoderPlan plan, SparseDelta delta) {
    this(plan, delta, columns(plan));
  }

  /**
   * @param columns width of each linear part's weight, by its name
   */
  private PackedDelta(EncoderPlan plan, SparseDelta delta, Map<String, Integer> columns) {
    super(
        delta.entries().stream()
            .mapToLong(entry -> Changes.bytes(entry, columns.getOrDefault(entry.parameter(), 0)))
            .sum());
    SegmentAllocator block =
        SegmentAllocator.slicingAllocator(arena.allocate(Math.max(bytes(), 1), ALIGNMENT));
    for (Entry entry : delta.entries()) {
      int width = columns.getOrDefault(entry.parameter(), 0);
      changes.put(entry.parameter(), Changes.pack(entry, width, block));
    }
    this.untouchedLayers = untouched(plan, name -> of(name).count() > 0);
  }

  private static Map<String, Integer> columns(EncoderPlan plan) {
    Map<String, Integer> columns = new HashMap<>();
    plan.linears().forEach(linear -> columns.put(linear.weight(), linear.inputs()));
    return columns;
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
