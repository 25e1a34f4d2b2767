package dev.diffstream.gateway.batching;

import java.util.HashMap;
import java.util.Map;

/**
 * How many requests wait, and whether one more may. When too many wait, a task that has less than
 * its share of them is still let in, so that a flood on one task is refused and not its neighbours.
 * At most twice the bound wait, and one request of each task.
 *
 * <p>Safe for use by many threads.
 */
public final class Admission {
  private final int bound;
  private final Map<String, Integer> waiting = new HashMap<>();
  private int total;

  public Admission(int bound) {
    this.bound = bound;
  }

  /** Requests that wait, of all tasks. */
  public synchronized int waiting() {
    return total;
  }

  /** Lets one more request of the task wait; false if it may not. */
  public synchronized boolean enter(String task) {
    int own = waiting.getOrDefault(task, 0);
    int tasks = waiting.size() + (own == 0 ? 1 : 0);
    if (total >= bound && own >= Math.max(1, bound / tasks)) {
      return false;
    }
    waiting.put(task, own + 1);
    total++;
    return true;
  }

  /** One request of the task waits no longer. */
  public synchronized void leave(String task) {
    int own = waiting.getOrDefault(task, 0);
    if (own == 0) {
      throw new IllegalStateException("no request of task " + task + " waits");
    }
    if (own == 1) {
      waiting.remove(task);
    } else {
      waiting.put(task, own - 1);
    }
    total--;
  }
}
