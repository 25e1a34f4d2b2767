package dev.diffstream.registry.retraining;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.catalog.NumberedLog;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.correction.Retraining;
import java.util.List;
import java.util.Optional;

/** The retrainings of every task. Thread-safe, and safe together with other processes. */
public final class RetrainingLog {
  private final NumberedLog<Retraining> log;

  public RetrainingLog(ObjectStore store) {
    this.log =
        new NumberedLog<>(
            store, Retraining.class, ObjectKeys::retrainingsPrefix, ObjectKeys::retraining);
  }

  Optional<Retraining> newest(TaskId task) {
    return log.newest(task);
  }

  /** Newest first, with numbers below {@code before}. */
  List<Retraining> page(TaskId task, long before, int limit) {
    return log.page(task, before, limit);
  }

  /** False if the task has another retraining of this number. */
  boolean put(Retraining retraining) {
    return log.put(new TaskId(retraining.taskId()), retraining.number(), retraining);
  }
}
