package dev.diffstream.worker.learning.parameters;

import dev.diffstream.base.encoder.Replica;
import dev.diffstream.base.engine.DeviceTensor;
import dev.diffstream.base.engine.TensorScript;
import java.util.Arrays;
import java.util.List;

/**
 * Where chosen values lie in a replica's theta, and in gradients, which lie alike. Indices that
 * belong to nothing point at the zero behind the last parameter.
 */
public final class DevicePlaces implements AutoCloseable {
  private final Replica replica;
  private final DeviceTensor places;
  private final TensorScript gather;
  private final TensorScript scatter;
  private final TensorScript norm;

  /** Those of all state indices. */
  public DevicePlaces(Replica replica, List<Slab> slabs) {
    this(replica, ofSlabs(replica, slabs));
  }

  /**
   * @param indices in theta
   */
  DevicePlaces(Replica replica, int[] indices) {
    this.replica = replica;
    this.places = replica.ints(indices);
    this.gather =
        replica.script(
            "flat: Tensor, places: Tensor", "  return torch.index_select(flat, 0, places)\n");
    this.scatter =
        replica.script(
            "flat: Tensor, places: Tensor, values: Tensor",
            """
              at = torch.to(places, 4, False, False, None)
              k = torch.index_copy_(flat, 0, at, values)
              return torch.slice(flat, 0, 0, 0)
            """);
    this.norm =
        replica.script(
            "flat: Tensor, places: Tensor",
            """
              g = torch.index_select(flat, 0, places)
              return torch.sqrt(torch.sum(torch.mul(g, g), dtype=7))
            """);
  }

  private static int[] ofSlabs(Replica replica, List<Slab> slabs) {
    int[] indices = new int[Slab.total(slabs)];
    Arrays.fill(indices, replica.theta().size() - 1);
    for (Slab slab : slabs) {
      int first = Math.toIntExact(replica.offset(slab.parameter())) + slab.offset();
      for (int i = 0; i < slab.length(); i++) {
        indices[slab.state() + i] = first + i;
      }
    }
    return indices;
  }

  /** 32-bit indices. */
  public DeviceTensor tensor() {
    return places;
  }

  /** The values at these places; to be closed. */
  public DeviceTensor gather(DeviceTensor flat) {
    return gather.run(flat, places);
  }

  /** The Euclidean norm of the values at these places. */
  public double norm(DeviceTensor flat) {
    try (DeviceTensor found = norm.run(flat, places)) {
      return found.doubles()[0];
    }
  }

  /** Writes values to these places. */
  public void scatter(DeviceTensor values, DeviceTensor flat) {
    scatter.run(flat, places, values).close();
  }

  /** Writes values to these places. */
  void scatter(float[] values, DeviceTensor flat) {
    try (DeviceTensor there = replica.floats(values)) {
      scatter(there, flat);
    }
  }

  @Override
  public void close() {
    places.close();
  }
}
