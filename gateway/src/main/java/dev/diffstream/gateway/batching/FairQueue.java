package dev.diffstream.gateway.batching;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToIntFunction;

/**
 * Items that wait to be computed together, by task and, within a task, by caller. Each task that
 * has items gets the same share of every batch, counted in cost, however many items wait of
 * another: deficit round robin (Shreedhar, Varghese 1995). Callers of a task take turns, item by
 * item.
 *
 * <p>While a task has more waiting than a batch takes, tasks with little waiting get every other
 * batch for themselves, so that they do not also wait for a batch full of the large one's items.
 * The batches between are short while such tasks come, since whoever comes next waits for the one
 * that is being computed.
 *
 * <p>Safe for use by many threads. It is not bounded: who offers decides what may wait.
 */
public final class FairQueue<T> {
  /** What a task may take in one turn, on average; a short text costs about half of it. */
  public static final int TURN = 64;

  /** Of a full batch, a short one. */
  private static final int SHORT_PART = 4;

  /** After so many short batches without a task with little waiting, they are full again. */
  private static final int SHORT_BATCHES = 64;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition offered = lock.newCondition();
  private final Map<String, Flow<T>> flows = new HashMap<>();
  private final Deque<Flow<T>> turns = new ArrayDeque<>();
  private int size;
  private long cost;
  private boolean woken;
  private boolean lastWasLight;

  /** How many of the next batches are short. */
  private int shortBatches;

  private record Item<T>(T value, int cost) {}

  /** The items of one task. */
  private static final class Flow<T> {
    private final String task;
    private final LinkedHashMap<String, Deque<Item<T>>> callers = new LinkedHashMap<>();
    private int credit;
    private long waiting;

    Flow(String task) {
      this.task = task;
    }

    void add(String caller, Item<T> item) {
      waiting += item.cost();
      callers.computeIfAbsent(caller, name -> new ArrayDeque<>()).add(item);
    }

    boolean isEmpty() {
      return callers.isEmpty();
    }

    Item<T> first() {
      return callers.firstEntry().getValue().getFirst();
    }

    /** Takes the first item; the turn goes to the next caller. */
    Item<T> take() {
      Map.Entry<String, Deque<Item<T>>> caller = Objects.requireNonNull(callers.pollFirstEntry());
      Item<T> item = caller.getValue().removeFirst();
      if (!caller.getValue().isEmpty()) {
        callers.putLast(caller.getKey(), caller.getValue());
      }
      credit -= item.cost();
      waiting -= item.cost();
      return item;
    }
  }

  /** Number of items that wait. */
  public int size() {
    lock.lock();
    try {
      return size;
    } finally {
      lock.unlock();
    }
  }

  /** What the items that wait cost together. */
  public long cost() {
    lock.lock();
    try {
      return cost;
    } finally {
      lock.unlock();
    }
  }

  /** Items of one task and caller. */
  public record Offer<T>(String task, String caller, List<T> items) {}

  /**
   * Adds items behind those of the same task and caller; all at once, so that one batch takes them
   * if it has room.
   *
   * @param costOf an item, at least 1
   */
  public void offer(List<Offer<T>> offers, ToIntFunction<T> costOf) {
    lock.lock();
    try {
      for (Offer<T> offer : offers) {
        add(offer, costOf);
      }
      offered.signal();
    } finally {
      lock.unlock();
    }
  }

  private void add(Offer<T> offer, ToIntFunction<T> costOf) {
    Flow<T> flow = flows.computeIfAbsent(offer.task(), Flow::new);
    for (T value : offer.items()) {
      if (flow.isEmpty()) {
        turns.add(flow);
      }
      Item<T> item = new Item<>(value, Math.max(1, costOf.applyAsInt(value)));
      flow.add(offer.caller(), item);
      size++;
      cost += item.cost();
    }
  }

  /**
   * The items to be computed next: together at most {@code maxCost}, or a single one that costs
   * more. None if there are none within {@code wait}, or until {@link #wake}.
   */
  public List<T> take(int maxCost, Duration wait) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = wait.toNanos();
      while (size == 0 && left > 0 && !woken) {
        left = offered.awaitNanos(left);
      }
      woken = false;
      return batch(maxCost);
    } finally {
      lock.unlock();
    }
  }

  /** Lets the one who waits for items, or the next who would, go on without. */
  public void wake() {
    lock.lock();
    try {
      woken = true;
      offered.signal();
    } finally {
      lock.unlock();
    }
  }

  private List<T> batch(int maxCost) {
    List<T> light = lastWasLight || cost <= maxCost ? List.of() : light(maxCost);
    lastWasLight = !light.isEmpty();
    if (lastWasLight) {
      shortBatches = SHORT_BATCHES;
      return light;
    }
    boolean cut = shortBatches > 0 && cost > maxCost;
    shortBatches -= cut ? 1 : 0;
    return inTurns(cut ? Math.max(1, maxCost / SHORT_PART) : maxCost);
  }

  /** What tasks with no more than a turn's worth have waiting, beside one with a batch's worth. */
  private List<T> light(int maxCost) {
    if (turns.stream().noneMatch(flow -> flow.waiting > maxCost)) {
      return List.of();
    }
    List<T> batch = new ArrayList<>();
    long taken = 0;
    Iterator<Flow<T>> next = turns.iterator();
    while (next.hasNext()) {
      Flow<T> flow = next.next();
      if (flow.waiting <= TURN && flow.credit >= 0 && taken + flow.waiting <= maxCost) {
        taken += flow.waiting;
        while (!flow.isEmpty()) {
          batch.add(take(flow));
        }
        next.remove();
        flows.remove(flow.task);
      }
    }
    return batch;
  }

  private T take(Flow<T> flow) {
    Item<T> item = flow.take();
    size--;
    cost -= item.cost();
    return item.value();
  }

  private List<T> inTurns(int maxCost) {
    List<T> batch = new ArrayList<>();
    int taken = 0;
    while (!turns.isEmpty()) {
      Flow<T> flow = turns.getFirst();
      if (flow.credit <= 0) {
        flow.credit += TURN;
      }
      while (!flow.isEmpty() && flow.credit > 0) {
        int next = flow.first().cost();
        if (!batch.isEmpty() && taken + next > maxCost) {
          return batch;
        }
        batch.add(take(flow));
        taken += next;
      }
      turns.removeFirst();
      if (!flow.isEmpty()) {
        turns.addLast(flow);
      } else if (flow.credit >= 0) {
        flows.remove(flow.task);
      } // else it has taken more than its share, which its next items will wait for
    }
    flows.clear(); // nobody waited for what was taken
    return batch;
  }

  /** Takes everything. */
  public List<T> drain() {
    lock.lock();
    try {
      return inTurns(Integer.MAX_VALUE);
    } finally {
      lock.unlock();
    }
  }
}
