package dev.diffstream.cli.bench.registry;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Writes every object of the tasks, by requests as a registry would make them. */
final class BucketFill {
  private static final int THREADS = 16;
  private static final int TELL_EVERY = 50_000;

  private final ObjectStore store;
  private final PlannedTasks tasks;
  private final Consumer<String> say;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicLong objects = new AtomicLong();

  BucketFill(ObjectStore store, PlannedTasks tasks, Consumer<String> say) {
    this.store = store;
    this.tasks = tasks;
    this.say = say;
  }

  /**
   * @return how many objects were written
   */
  long run() {
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Callable<Boolean>> workers = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        workers.add(this::fill);
      }
      for (Future<Boolean> worker : threads.invokeAll(workers)) {
        worker.get();
      }
      return objects.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the bucket could not be filled", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the bucket was filled", e);
    }
  }

  private boolean fill() {
    for (int task = next.getAndIncrement(); task < tasks.tasks(); task = next.getAndIncrement()) {
      for (int version = 1; version <= tasks.versionsOf(task); version++) {
        put(ObjectKeys.version(PlannedTasks.taskId(task), version), tasks.version(task, version));
      }
      for (int generation = 1; generation <= 2; generation++) {
        put(
            ObjectKeys.aliases(PlannedTasks.taskId(task), generation),
            tasks.generation(task, generation));
      }
    }
    return true;
  }

  private void put(String key, Object content) {
    if (store.putIfAbsent(key, Json.write(content), Map.of()) != PutOutcome.CREATED) {
      throw new IllegalStateException(key + " was there already");
    }
    long written = objects.incrementAndGet();
    if (written % TELL_EVERY == 0) {
      say.accept(written + " objects");
    }
  }
}
