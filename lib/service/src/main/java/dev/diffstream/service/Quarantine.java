package dev.diffstream.service;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What could not be read or settled, by key, so that one bad record does not stop the rest. An
 * entry whose code is retryable becomes due again on a clock of its own, ever later; any other one
 * only when it is asked for or its source has changed ({@link #retry}). A clock that is set back
 * makes entries due at once, not late by as much.
 *
 * <pre>{@code
 * for (String key : quarantine.due()) {
 *   try {
 *     settle(key);
 *     quarantine.resolve(key);
 *   } catch (DiffstreamException e) {
 *     quarantine.add(key, e);
 *   }
 * }
 * }</pre>
 *
 * <p>Thread-safe: one thread writes, any thread may list the entries or ask for a retry.
 */
public final class Quarantine {
  /** No reason is kept longer, in characters. */
  static final int MAX_TEXT = 500;

  private final InstantSource clock;
  private final Duration minPause;
  private final Duration maxPause;
  private final ConcurrentMap<String, Kept> kept = new ConcurrentHashMap<>();

  /**
   * @param failed when its last attempt failed
   */
  private record Kept(Entry entry, Instant failed) {
    boolean isDue(Instant now) {
      return entry.nextTry != null && (!entry.nextTry.isAfter(now) || now.isBefore(failed));
    }
  }

  /**
   * @param since when it failed first
   * @param attempts how often it has failed
   * @param nextTry when it is due again; null if it is not tried by itself
   */
  public record Entry(
      String key,
      ErrorCode code,
      String reason,
      Instant since,
      int attempts,
      @Nullable Instant nextTry) {}

  /**
   * @param minPause before the second attempt; each further one doubles it
   * @param maxPause what the pause does not exceed
   */
  public Quarantine(InstantSource clock, Duration minPause, Duration maxPause) {
    this.clock = clock;
    this.minPause = minPause;
    this.maxPause = maxPause;
  }

  /** Notes a failure, the first one or another; returns the entry as it is now. */
  public Entry add(String key, DiffstreamException failure) {
    return add(key, failure.code(), failure.reason());
  }

  /** Notes a failure, the first one or another; returns the entry as it is now. */
  public Entry add(String key, ErrorCode code, String reason) {
    return put(
        key,
        code,
        reason,
        attempts -> code.retryable() ? Backoff.pause(minPause, maxPause, attempts) : null);
  }

  /**
   * Notes a failure that is due again after {@code pause}, whatever its code: what is broken may be
   * repaired at its source.
   */
  public Entry add(String key, DiffstreamException failure, Duration pause) {
    return put(key, failure.code(), failure.reason(), attempts -> pause);
  }

  private Entry put(
      String key, ErrorCode code, String reason, IntFunction<@Nullable Duration> pauses) {
    return kept.compute(
            key,
            (same, before) -> {
              Instant now = clock.instant();
              int attempts = before == null ? 1 : Math.addExact(before.entry.attempts, 1);
              Duration pause = pauses.apply(attempts);
              Instant nextTry = pause == null ? null : now.plus(pause);
              Instant since = before == null ? now : before.entry.since;
              return new Kept(new Entry(key, code, bounded(reason), since, attempts, nextTry), now);
            })
        .entry;
  }

  /** It was read or settled, or is of no interest any more. */
  public void resolve(String key) {
    kept.remove(key);
  }

  /** Makes an entry due at once, also one that is not tried by itself; false if there is none. */
  public boolean retry(String key) {
    return kept.computeIfPresent(key, (same, before) -> dueNow(before.entry)) != null;
  }

  private Kept dueNow(Entry entry) {
    Instant now = clock.instant();
    return new Kept(
        new Entry(entry.key, entry.code, entry.reason, entry.since, entry.attempts, now), now);
  }

  public boolean contains(String key) {
    return kept.containsKey(key);
  }

  public Optional<Entry> find(String key) {
    return Optional.ofNullable(kept.get(key)).map(Kept::entry);
  }

  /** The keys to try now, the longest due first. */
  public List<String> due() {
    Instant now = clock.instant();
    record Due(String key, Instant time) {}
    return kept.values().stream()
        .filter(k -> k.isDue(now))
        .flatMap(k -> Stream.ofNullable(k.entry.nextTry).map(time -> new Due(k.entry.key, time)))
        .sorted(Comparator.comparing(Due::time).thenComparing(Due::key))
        .map(Due::key)
        .toList();
  }

  /** The entries that failed first, at most {@code max}. */
  public List<Entry> entries(int max) {
    return kept.values().stream()
        .map(Kept::entry)
        .sorted(Comparator.comparing(Entry::since).thenComparing(Entry::key))
        .limit(max)
        .toList();
  }

  public int size() {
    return kept.size();
  }

  /** The number of entries as a gauge, by whether they are tried by themselves. */
  public void bindTo(MeterRegistry meters, String name) {
    for (boolean retryable : new boolean[] {true, false}) {
      Gauge.builder(name, () -> count(retryable))
          .description("what could not be read or settled")
          .tag("retryable", String.valueOf(retryable))
          .register(meters);
    }
  }

  private long count(boolean retryable) {
    return kept.values().stream().filter(k -> k.entry.code.retryable() == retryable).count();
  }

  private static String bounded(String text) {
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT - 1) + "…";
  }
}
