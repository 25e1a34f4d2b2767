package dev.diffstream.worker.run;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.run.RunControl;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest control object of a run, as of the last {@link #refresh}. What the admission of the
 * event has taken into account already is passed over.
 */
final class ControlWatch {
  private static final Logger LOG = LoggerFactory.getLogger(ControlWatch.class);
  private static final long MAX_BYTES = 1 << 20;

  private final ObjectStore store;
  private final String runId;
  private long read;
  private volatile @Nullable RunControl newest;

  /**
   * @param known number of the newest control object that the admission knew; 0: none
   */
  ControlWatch(ObjectStore store, String runId, long known) {
    this.store = store;
    this.runId = runId;
    this.read = known;
  }

  /** Reads the bucket. From any thread. */
  synchronized void refresh() {
    String prefix = ObjectKeys.controlPrefix(runId);
    SortedSet<Long> unread = new TreeSet<>();
    try (Stream<String> keys = store.list(prefix)) {
      for (String key : (Iterable<String>) keys::iterator) {
        long number = ObjectKeys.number(prefix, key).orElse(0);
        if (number > read) {
          unread.add(number);
        }
      }
    }
    for (long number : unread) {
      read(ObjectKeys.control(runId, number));
      read = number;
    }
  }

  /** A cancellation stands, whatever was asked after it. */
  private void read(String key) {
    try {
      store
          .get(key, MAX_BYTES)
          .map(bytes -> Json.read(bytes, RunControl.class, key))
          .filter(control -> !asks(RunControl.CANCEL))
          .ifPresent(control -> newest = control);
    } catch (DiffstreamException e) {
      if (e.code().retryable()) {
        throw e;
      }
      LOG.error("{} is ignored: {}", key, e.getMessage());
    }
  }

  /** Number of the newest control object that was read; 0: there is none. */
  synchronized long newestNumber() {
    return read;
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
