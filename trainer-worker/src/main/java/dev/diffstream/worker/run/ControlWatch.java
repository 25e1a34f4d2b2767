package dev.diffstream.worker.run;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.run.RunControl;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The newest control object of a run, as of the last {@link #refresh}. What the admission of the
 * event has taken into account already is passed over.
 */
final class ControlWatch {
  private static final long MAX_BYTES = 1 << 20;

  private final ObjectStore store;
  private final String runId;
  private final long known;
  private volatile @Nullable RunControl newest;

  /**
   * @param known number of the newest control object that the admission knew; 0: none
   */
  ControlWatch(ObjectStore store, String runId, long known) {
    this.store = store;
    this.runId = runId;
    this.known = known;
  }

  /** Reads the bucket. From any thread. */
  void refresh() {
    String prefix = ObjectKeys.controlPrefix(runId);
    long highest = 0;
    try (Stream<String> keys = store.list(prefix)) {
      for (String key : (Iterable<String>) keys::iterator) {
        highest = Math.max(highest, ObjectKeys.number(prefix, key).orElse(0));
      }
    }
    RunControl seen = newest;
    if (highest > known && (seen == null || highest > seen.number())) {
      String key = ObjectKeys.control(runId, highest);
      store
          .get(key, MAX_BYTES)
          .ifPresent(bytes -> newest = Json.read(bytes, RunControl.class, key));
    }
  }

  /** Null if nothing was asked. From any thread, without waiting. */
  @Nullable RunControl newest() {
    return newest;
  }

  boolean asks(String action) {
    RunControl control = newest;
    return control != null && control.action().equals(action);
  }
}
