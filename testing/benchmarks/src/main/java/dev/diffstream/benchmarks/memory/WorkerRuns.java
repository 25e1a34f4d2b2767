package dev.diffstream.benchmarks.memory;

import dev.diffstream.base.Base;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.memory.MemoryEventLog;
import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.worker.data.DataLimits;
import dev.diffstream.worker.data.DataLocation;
import dev.diffstream.worker.data.DataSetReader;
import dev.diffstream.worker.learning.methods.LearningMethods;
import dev.diffstream.worker.run.RetryPolicy;
import dev.diffstream.worker.run.RunInterruptedException;
import dev.diffstream.worker.run.TaskHandler;
import dev.diffstream.worker.training.Trainer;
import dev.diffstream.worker.training.TrainingEnvironment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;

/**
 * Runs of a worker one after another in this process: task events are handled from reading the data
 * to publishing the diff, over a store and a log in memory. Each run has a store and a log of its
 * own, so that what they keep is not counted.
 */
final class WorkerRuns {
  private static final String DATA = "tasks/memory/data/rows.jsonl";

  private final Base base;
  private final int rows;
  private final Map<String, Double> settings;

  /**
   * @param rows of data, texts of eight words
   * @param settings of every task
   */
  WorkerRuns(Base base, int rows, Map<String, Double> settings) {
    this.base = base;
    this.rows = rows;
    this.settings = Map.copyOf(settings);
  }

  /**
   * Handles one event to its end, which may be that the diff is no better than the majority.
   *
   * @return false if the run was left because its lock was lost
   */
  boolean run(int number, String method, BooleanSupplier lockHeld) {
    MemoryObjectStore store = new MemoryObjectStore();
    store.put(DATA, data(), Map.of());
    try {
      handler(store).handle(event(number, method), lockHeld);
      return true;
    } catch (RunInterruptedException e) {
      return false;
    }
  }

  private TaskHandler handler(MemoryObjectStore store) {
    return Trainer.handler(
        TrainingEnvironment.onProcessor()
            .workerId("memory")
            .base(base)
            .store(store)
            .log(new MemoryEventLog())
            .dataSets(
                new DataSetReader(store, new DataLocation("none", List.of()), DataLimits.DEFAULT))
            .methods(LearningMethods.all(TensorEngine.threads()))
            .checkpointInterval(Duration.ofDays(1))
            .retry(new RetryPolicy(Duration.ZERO, new CountDownLatch(1)))
            .build());
  }

  private Received event(int number, String method) {
    Map<String, Object> task =
        Map.of(
            "taskId",
            "memory",
            "objective",
            "classification",
            "method",
            method,
            "data",
            Map.of("train", DATA),
            "settings",
            settings);
    Map<String, String> headers =
        Map.of(
            "ce_specversion", "1.0",
            "ce_id", "run-" + number,
            "ce_source", "/memory",
            "ce_type", "dev.diffstream.task.submitted.v1");
    byte[] value = Json.writeText(task).getBytes(StandardCharsets.UTF_8);
    return new Received(Topics.TASKS, 0, number, "memory", headers, value);
  }

  /** JSON Lines: a text is positive exactly when it says good. */
  private byte[] data() {
    String[] words = {"the", "man", "is", "eating", "food", "cat", "sat", "on", "mat", "very"};
    Random random = new Random(11);
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < rows; i++) {
      StringBuilder text = new StringBuilder(Integer.toString(i));
      for (int w = 0; w < 6; w++) {
        text.append(' ').append(words[random.nextInt(words.length)]);
      }
      boolean good = i % 2 == 0;
      text.append(good ? " good" : " bad");
      lines
          .append(Json.writeText(Map.of("text", text.toString(), "label", good ? "yes" : "no")))
          .append('\n');
    }
    return lines.toString().getBytes(StandardCharsets.UTF_8);
  }
}
