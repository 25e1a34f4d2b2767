package dev.diffstream.registry.runs;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.run.RunControl;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What somebody asked of runs: numbered objects, of which the highest counts. Thread-safe, and safe
 * together with other processes.
 */
public final class RunControls {
  private static final long MAX_BYTES = 1 << 20;

  private final ObjectStore store;
  private final InstantSource clock;

  public RunControls(ObjectStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
  }

  /**
   * Writes the next object.
   *
   * @param requestId a request that was made before is answered by the object that it made
   */
  public RunControl ask(
      String runId, String action, String actor, String requestId, @Nullable String reason) {
    long number = 0;
    while (true) {
      List<RunControl> known = of(runId);
      for (RunControl before : known) {
        if (requestId.equals(before.requestId())) {
          return before;
        }
      }
      number = Math.max(number, known.isEmpty() ? 0 : known.getLast().number()) + 1;
      RunControl control =
          new RunControl(runId, number, action, actor, requestId, reason, clock.instant());
      if (store.putIfAbsent(ObjectKeys.control(runId, number), Json.write(control), Map.of())
          == PutOutcome.CREATED) {
        return control;
      }
    }
  }

  /** What the request of this id has made. */
  public Optional<RunControl> find(String runId, String requestId) {
    return of(runId).stream().filter(control -> requestId.equals(control.requestId())).findFirst();
  }

  public Optional<RunControl> newest(String runId) {
    List<RunControl> all = of(runId);
    return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
  }

  /** By number. */
  public List<RunControl> of(String runId) {
    String prefix = ObjectKeys.controlPrefix(runId);
    List<RunControl> controls = new ArrayList<>();
    try (Stream<String> keys = store.list(prefix)) {
      for (String key : (Iterable<String>) keys.sorted()::iterator) {
        if (ObjectKeys.number(prefix, key).isPresent()) {
          store
              .get(key, MAX_BYTES)
              .ifPresent(bytes -> controls.add(Json.read(bytes, RunControl.class, key)));
        }
      }
    }
    return controls;
  }
}
