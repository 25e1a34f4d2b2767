package dev.diffstream.gateway.cache;

import java.util.concurrent.atomic.LongAdder;

/**
 * What happened in a cache.
 *
 * @param hits diffs that were read from it
 * @param misses diffs that were asked for and not there, damaged ones counted
 * @param evictions diffs that were removed for others
 * @param damaged files that were not what their names say, and were removed
 * @param failures of the disk: it is full, or may not be written or read
 */
public record CacheCounts(
    LongAdder hits, LongAdder misses, LongAdder evictions, LongAdder damaged, LongAdder failures) {
  public CacheCounts() {
    this(new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder());
  }
}
