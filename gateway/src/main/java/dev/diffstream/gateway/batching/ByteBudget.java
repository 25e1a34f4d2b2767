package dev.diffstream.gateway.batching;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds the bytes of requests that have come and are not answered yet, over all faces, so that
 * many large ones are refused before their bodies fill the memory.
 *
 * <p>Thread-safe.
 */
public final class ByteBudget {
  private final long bound;
  private final AtomicLong used = new AtomicLong();

  public ByteBudget(long bound) {
    this.bound = bound;
  }

  /** What one request takes; given back once, however often it is closed. */
  public final class Reservation implements AutoCloseable {
    private final long bytes;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Reservation(long bytes) {
      this.bytes = bytes;
    }

    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        used.addAndGet(-bytes);
      }
    }
  }

  /**
   * Reserves the bytes of a request. One that is larger than all is let in where there is no other.
   *
   * @throws DiffstreamException OVERLOADED if there is no room
   */
  public Reservation reserve(long bytes) {
    while (true) {
      long before = used.get();
      if (before > 0 && before + bytes > bound) {
        throw new DiffstreamException(
            ErrorCode.OVERLOADED,
            "expected room for a request of %d bytes, but requests of %d bytes wait, of %d at most"
                .formatted(bytes, before, bound));
      }
      if (used.compareAndSet(before, before + bytes)) {
        return new Reservation(bytes);
      }
    }
  }

  /** Bytes that are reserved. */
  public long used() {
    return used.get();
  }
}
