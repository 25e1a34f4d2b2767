package dev.diffstream.gateway.announcement;

import dev.diffstream.gateway.cache.DiffCache;
import java.util.Set;

/**
 * Keeps a cache within its bound. Nothing is removed before the gateway is ready: what it served
 * before may not be resident yet. Belongs to the follower's thread.
 */
final class Eviction {
  private final DiffCache cache;
  private final TaskLoads loads;
  private final Background background;
  private boolean running;
  private long bytesLeft = -1;

  Eviction(DiffCache cache, TaskLoads loads, Background background) {
    this.cache = cache;
    this.loads = loads;
    this.background = background;
  }

  /** Starts to remove, unless everything that is there was left there the last time. */
  void start() {
    if (running || !cache.isOverBound() || cache.bytes() == bytesLeft) {
      return;
    }
    running = true;
    Set<String> inUse = loads.digestsInUse();
    background.start(
        () -> {
          cache.evict(inUse);
          return cache.bytes();
        },
        left -> {
          running = false;
          bytesLeft = left;
        });
  }
}
