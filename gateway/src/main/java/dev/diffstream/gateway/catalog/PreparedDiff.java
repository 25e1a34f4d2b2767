package dev.diffstream.gateway.catalog;

import dev.diffstream.schemas.diff.model.DiffMetadata;
import java.util.Optional;

/**
 * A diff that was checked against the base and made ready to answer; immutable. It may hold memory
 * outside the heap, which is freed when its last user has released it. Whoever prepared it is its
 * first user, and hands this on to the catalog.
 */
public interface PreparedDiff {
  /** What the diff file says of itself. */
  DiffMetadata metadata();

  /** Memory that it takes where it is in memory, in bytes. */
  default long bytes() {
    return 0;
  }

  /**
   * The diff as the model takes it, with one more user; empty if it was freed since it was found,
   * and another serves. It may have to be read first.
   *
   * @throws dev.diffstream.service.UnavailableException if it cannot be read now
   */
  default Optional<PreparedDiff> acquire() {
    return retain() ? Optional.of(this) : Optional.empty();
  }

  /** As {@link #acquire}, but empty as well if it would have to be read; counts as no request. */
  default Optional<PreparedDiff> acquireIfInMemory() {
    return retain() ? Optional.of(this) : Optional.empty();
  }

  /** Counts one more user; false if it was freed since it was found, and another serves. */
  default boolean retain() {
    return true;
  }

  /** Counts one user less. */
  default void release() {}
}
