package dev.diffstream.gateway.catalog;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Whose each announced task is. The follower's thread writes, before it has a task loaded; every
 * other thread reads, without waiting.
 */
public final class TaskOwners {
  private final Map<String, String> owners = new ConcurrentHashMap<>();

  /**
   * @param owner null where an announcement names none: what is known stays, since a task's owner
   *     never changes
   */
  public void announced(String task, @Nullable String owner) {
    if (owner != null) {
      owners.put(task, owner);
    }
  }

  /** Null for a task of nobody. */
  public @Nullable String of(String task) {
    return owners.get(task);
  }
}
