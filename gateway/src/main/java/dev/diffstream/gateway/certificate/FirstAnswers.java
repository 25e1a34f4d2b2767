package dev.diffstream.gateway.certificate;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What each diff said to its probes when it was first asked in this process, by digest. Those that
 * were not compared for longest are forgotten beyond a bound. Belongs to one thread at a time.
 */
final class FirstAnswers {
  /** Of about one kilobyte each. */
  private static final int MAX_DIFFS = 10_000;

  private final Map<String, ProbeBits> byDigest =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, ProbeBits> eldest) {
          return size() > MAX_DIFFS;
        }
      };

  /** Whether {@code now} is what the diff said first; empty if it is the first, which is kept. */
  Optional<Boolean> compare(String digest, ProbeBits now) {
    ProbeBits first = byDigest.putIfAbsent(digest, now);
    return first == null ? Optional.empty() : Optional.of(first.equals(now));
  }

  boolean contains(String digest) {
    return byDigest.containsKey(digest);
  }
}
