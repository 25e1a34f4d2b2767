package dev.diffstream.gateway.telemetry;

import dev.diffstream.gateway.inference.TaskPart;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long a request took.
 *
 * @param examples that it asked
 * @param queue until its last example was taken into a batch
 * @param compute of the batches with examples of it
 */
public record RequestTimes(Duration total, int examples, Duration queue, Duration compute) {
  /**
   * @param part null if the request failed before anything was asked
   */
  public static RequestTimes of(long nanos, @Nullable TaskPart part) {
    return part == null
        ? new RequestTimes(Duration.ofNanos(nanos), 0, Duration.ZERO, Duration.ZERO)
        : new RequestTimes(
            Duration.ofNanos(nanos), part.asked().size(), part.waited(), part.computed());
  }
}
