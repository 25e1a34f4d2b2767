package dev.diffstream.gateway.memory;

import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.service.UnavailableException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A diff that may be let go and read again while it serves. Who asks it gets the diff in memory,
 * which lives until its last user has released it, let go or not.
 */
public final class UnloadableDiff implements PreparedDiff {
  /** Of a changed value in memory, at most. */
  private static final int BYTES_OF_A_VALUE = Integer.BYTES + Float.BYTES;

  private final DiffMemory memory;
  private final String task;
  private final DiffMetadata metadata;
  private final Supplier<PreparedDiff> reload;
  private @Nullable PreparedDiff loaded;
  private long bytes;
  private int users = 1;

  /** One that was not read yet; its size is what its values take. */
  UnloadableDiff(
      DiffMemory memory, String task, DiffMetadata metadata, Supplier<PreparedDiff> reload) {
    this.memory = memory;
    this.task = task;
    this.metadata = metadata;
    this.reload = reload;
    this.bytes = BYTES_OF_A_VALUE * metadata.nonzeros();
  }

  UnloadableDiff(
      DiffMemory memory, String task, PreparedDiff loaded, Supplier<PreparedDiff> reload) {
    this(memory, task, loaded.metadata(), reload);
    this.loaded = loaded;
    this.bytes = loaded.bytes();
  }

  String task() {
    return task;
  }

  @Override
  public DiffMetadata metadata() {
    return metadata;
  }

  @Override
  public synchronized long bytes() {
    return bytes;
  }

  /** Notes that it is in memory. */
  void touch() {
    List<UnloadableDiff> victims;
    synchronized (this) {
      victims = memory.used(this, bytes);
    }
    victims.forEach(UnloadableDiff::unload);
  }

  /**
   * Takes a diff that somebody has prepared for another purpose, where it is not in memory and
   * there is room for it.
   *
   * @param prepared of this diff's file; the caller remains a user of it
   */
  public void fill(PreparedDiff prepared) {
    List<UnloadableDiff> victims = List.of();
    synchronized (this) {
      if (users > 0 && loaded == null && memory.hasRoom(prepared.bytes()) && prepared.retain()) {
        loaded = prepared;
        bytes = prepared.bytes();
        victims = memory.used(this, bytes);
      }
    }
    victims.forEach(UnloadableDiff::unload);
  }

  /**
   * @throws UnavailableException if it was let go and cannot be read
   */
  @Override
  public Optional<PreparedDiff> acquire() {
    List<UnloadableDiff> victims;
    PreparedDiff acquired;
    synchronized (this) {
      if (users == 0) {
        return Optional.empty();
      }
      acquired = inMemory();
      if (!acquired.retain()) {
        throw new IllegalStateException("a diff in memory was freed under its owner");
      }
      victims = memory.used(this, bytes);
    }
    victims.forEach(UnloadableDiff::unload);
    return Optional.of(acquired);
  }

  @Override
  public synchronized Optional<PreparedDiff> acquireIfInMemory() {
    return loaded != null && loaded.retain() ? Optional.of(loaded) : Optional.empty();
  }

  private PreparedDiff inMemory() {
    if (loaded == null) {
      try {
        loaded = memory.reload(reload);
        bytes = loaded.bytes();
      } catch (DiffstreamException e) {
        throw new UnavailableException(
            e.code().retryable() ? ErrorCode.NOT_READY : e.code(),
            "the diff of task %s was let go and cannot be read again: %s"
                .formatted(task, e.reason()));
      }
    }
    return loaded;
  }

  /** Lets it go, unless it was asked for meanwhile. */
  private synchronized void unload() {
    if (loaded != null && !memory.contains(this)) {
      loaded.release();
      loaded = null;
    }
  }

  @Override
  public synchronized boolean retain() {
    if (users == 0) {
      return false;
    }
    users++;
    return true;
  }

  @Override
  public synchronized void release() {
    if (users == 0) {
      throw new IllegalStateException("a diff was released more often than it was used");
    }
    if (--users == 0) {
      memory.remove(this);
      if (loaded != null) {
        loaded.release();
        loaded = null;
      }
    }
  }
}
