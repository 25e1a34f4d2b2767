package dev.diffstream.gateway.memory;

import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Which prepared diffs are in memory. Beyond a bound, those that were not asked for longest are let
 * go; they serve all the same, and are read again when they are asked.
 *
 * <p>Thread-safe. A diff's own lock is taken before that of the memory, never after it.
 */
public final class DiffMemory {
  /** Lets nothing go. */
  public static final DiffMemory UNBOUNDED = new DiffMemory(Long.MAX_VALUE, Set.of());

  private final long maxBytes;
  private final Set<String> pinned;
  private final Map<UnloadableDiff, Long> loaded = new LinkedHashMap<>(16, 0.75f, true);
  private final Semaphore readers =
      new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors()));
  private final LongAdder unloads = new LongAdder();
  private volatile Consumer<Duration> reloads = time -> {};
  private long bytes;

  /**
   * @param maxBytes of prepared diffs, unless those in use take more
   * @param pinned tasks whose diffs are never let go
   */
  public DiffMemory(long maxBytes, Set<String> pinned) {
    this.maxBytes = maxBytes;
    this.pinned = Set.copyOf(pinned);
  }

  /**
   * Takes over a prepared diff.
   *
   * @param task that it serves
   * @param diff of which the caller is the only user
   * @param reload prepares it anew; fails if its file cannot be read
   * @return of which the caller is the only user
   */
  public PreparedDiff manage(String task, PreparedDiff diff, Supplier<PreparedDiff> reload) {
    if (maxBytes == Long.MAX_VALUE) {
      return diff;
    }
    UnloadableDiff managed = new UnloadableDiff(this, task, diff, reload);
    managed.touch();
    return managed;
  }

  /** Whether a diff of this task may be read when it is asked for the first time. */
  public boolean readsLater(String task) {
    return maxBytes < Long.MAX_VALUE && !pinned.contains(task);
  }

  /**
   * A diff that is read when it is asked for the first time.
   *
   * @param metadata of its file
   * @return of which the caller is the only user
   */
  public UnloadableDiff later(String task, DiffMetadata metadata, Supplier<PreparedDiff> reload) {
    return new UnloadableDiff(this, task, metadata, reload);
  }

  /** Whether nothing has to be let go for so much more. */
  synchronized boolean hasRoom(long more) {
    return bytes + more <= maxBytes;
  }

  /** Bytes of what is in memory and was not let go. */
  public synchronized long bytes() {
    return bytes;
  }

  /** Diffs in memory. */
  public synchronized int size() {
    return loaded.size();
  }

  /** How often a diff was let go. */
  public LongAdder unloads() {
    return unloads;
  }

  /** From now on {@code listener} hears how long each reading took. */
  public void tell(Consumer<Duration> listener) {
    reloads = listener;
  }

  /** Reads a diff again; not more of them at once than there are processors. */
  PreparedDiff reload(Supplier<PreparedDiff> from) {
    readers.acquireUninterruptibly();
    try {
      long begin = System.nanoTime();
      PreparedDiff diff = from.get();
      reloads.accept(Duration.ofNanos(System.nanoTime() - begin));
      return diff;
    } finally {
      readers.release();
    }
  }

  /**
   * {@code diff} is in memory and was asked for now.
   *
   * @return what has to be let go
   */
  synchronized List<UnloadableDiff> used(UnloadableDiff diff, long size) {
    Long before = loaded.put(diff, size);
    bytes += size - (before == null ? 0 : before);
    List<UnloadableDiff> victims = new ArrayList<>();
    Iterator<Map.Entry<UnloadableDiff, Long>> eldest = loaded.entrySet().iterator();
    while (bytes > maxBytes && eldest.hasNext()) {
      Map.Entry<UnloadableDiff, Long> entry = eldest.next();
      if (entry.getKey() != diff && !pinned.contains(entry.getKey().task())) {
        bytes -= entry.getValue();
        victims.add(entry.getKey());
        eldest.remove();
      }
    }
    unloads.add(victims.size());
    return victims;
  }

  /** Whether it may be in memory. */
  synchronized boolean contains(UnloadableDiff diff) {
    return loaded.containsKey(diff);
  }

  /** It serves no more. */
  synchronized void remove(UnloadableDiff diff) {
    Long size = loaded.remove(diff);
    bytes -= size == null ? 0 : size;
  }
}
