package dev.diffstream.simulation.damage;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.simulation.schedule.Scheduler;
import dev.diffstream.simulation.schedule.SimulatedProcess;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** What befalls snapshots: they are cut off, changed, or lost, so that an older one counts. */
public final class SnapshotFaults implements SimulatedProcess {
  private static final int ONE_STEP_IN = 4;

  private final ObjectStore store;
  private final Scheduler scheduler;

  /**
   * @param store without faults of its own
   */
  public SnapshotFaults(ObjectStore store, Scheduler scheduler) {
    this.store = store;
    this.scheduler = scheduler;
  }

  @Override
  public String name() {
    return "snapshot-faults";
  }

  @Override
  public void step() {
    Random random = scheduler.random();
    List<String> keys = keys();
    if (!scheduler.faultsAreOn() || keys.isEmpty() || random.nextInt(ONE_STEP_IN) != 0) {
      return;
    }
    String key = keys.get(random.nextInt(keys.size()));
    byte[] bytes = store.get(key, 1 << 20).orElseThrow();
    switch (bytes.length == 0 ? 0 : random.nextInt(3)) {
      case 0 -> store.delete(key);
      case 1 -> store.put(key, Arrays.copyOf(bytes, random.nextInt(bytes.length)), Map.of());
      default -> {
        bytes[random.nextInt(bytes.length)] ^= 1;
        store.put(key, bytes, Map.of());
      }
    }
    scheduler.note("damages " + key);
  }

  private List<String> keys() {
    try (Stream<String> keys = store.list(ObjectKeys.snapshotsPrefix())) {
      return keys.toList();
    }
  }

  @Override
  public void crash() {}

  @Override
  public boolean isIdle() {
    return true;
  }
}
