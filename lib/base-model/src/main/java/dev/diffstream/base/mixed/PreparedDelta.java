package dev.diffstream.base.mixed;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A diff as a {@link MixedPass} adds it. Whoever prepared it is its first user; it is freed when
 * the last one has released it.
 */
public abstract class PreparedDelta {
  private final AtomicInteger users = new AtomicInteger(1);
  private final long bytes;

  PreparedDelta(long bytes) {
    this.bytes = bytes;
  }

  /** Memory that it takes. */
  public final long bytes() {
    return bytes;
  }

  /** Counts one more user; false if it has been freed already. */
  public final boolean retain() {
    return users.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
  }

  /**
   * Counts one user less.
   *
   * @throws IllegalStateException if nobody uses it
   */
  public final void release() {
    int before = users.getAndUpdate(count -> count == 0 ? 0 : count - 1);
    if (before == 0) {
      throw new IllegalStateException("a prepared diff was released more often than it was used");
    }
    if (before == 1) {
      free();
    }
  }

  /** Frees its memory; called once. */
  abstract void free();
}
