package dev.diffstream.simulation;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.simulation.base.TinyBase;
import dev.diffstream.simulation.schedule.InvariantViolation;
import dev.diffstream.simulation.schedule.Scheduler;
import dev.diffstream.worker.run.DiffStorage;
import dev.diffstream.worker.run.ProvisionalLearner;
import dev.diffstream.worker.run.RetryPolicy;
import dev.diffstream.worker.run.RunGuard;
import java.util.Map;

/** Heads alone without a model; names of data files mean what they mean to {@link TinyLearner}. */
final class TinyHeadLearner implements ProvisionalLearner {
  private final Scheduler scheduler;
  private final ObjectStore store;
  private final RetryPolicy retry;
  private final DiffStorage storage;

  TinyHeadLearner(Scheduler scheduler, ObjectStore store, RetryPolicy retry) {
    this.scheduler = scheduler;
    this.store = store;
    this.retry = retry;
    this.storage = new DiffStorage(store, null, retry);
  }

  @Override
  public boolean canLearn(TaskSubmitted task) {
    return true;
  }

  @Override
  public Learned learn(TaskSubmitted task, RunGuard guard) {
    String data = task.data().train().getFirst();
    if (retry.get("reading " + data, () -> store.stat(data)).isEmpty()) {
      throw new InvariantViolation("data", "there is no " + data);
    }
    scheduler.effect("a head from " + data, Scheduler.Kind.READ, () -> true);
    guard.refresh();
    guard.check();
    String name = data.substring(data.lastIndexOf('/') + 1);
    if (name.startsWith("bad-")) {
      throw new DiffstreamException(ErrorCode.INVALID_RECORD, data + ": line 1 has no label");
    }
    if (name.startsWith("faulty-")) {
      throw new IllegalStateException("a fault of the program on " + data);
    }
    if (name.startsWith("weak-") && scheduler.random().nextBoolean()) {
      throw new DiffstreamException(
          ErrorCode.QUALITY_GATE_FAILED, data + ": no better than the majority");
    }
    double score = name.startsWith("weak-") ? 0.4 : 0.7;
    byte[] file = TinyBase.head(task.taskId(), data, score);
    return new Learned(
        storage.put(file),
        file.length,
        TinyBase.DIGEST,
        1,
        Map.of("score", score, "majority", 0.5));
  }
}
