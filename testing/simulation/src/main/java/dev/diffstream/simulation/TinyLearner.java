package dev.diffstream.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.DiffPublishedBuilder;
import dev.diffstream.schemas.run.RunReportDataSummaryBuilder;
import dev.diffstream.simulation.base.TinyBase;
import dev.diffstream.simulation.base.TinyQuota;
import dev.diffstream.simulation.schedule.InvariantViolation;
import dev.diffstream.simulation.schedule.Scheduler;
import dev.diffstream.worker.run.DiffStorage;
import dev.diffstream.worker.run.RetryPolicy;
import dev.diffstream.worker.run.Run;
import dev.diffstream.worker.run.RunLearner;
import java.util.List;
import java.util.Map;

/**
 * Learns without a model. The name of the data file says what becomes of the run: {@code good-…} is
 * published, {@code weak-…} is published and refused by the registry, {@code bad-…} fails as data
 * do, {@code faulty-…} meets a fault of the program.
 */
final class TinyLearner implements RunLearner {
  private static final int STEPS = 4;

  private final Scheduler scheduler;
  private final ObjectStore store;
  private final RetryPolicy retry;
  private final DiffStorage storage;

  TinyLearner(Scheduler scheduler, ObjectStore store, RetryPolicy retry) {
    this.scheduler = scheduler;
    this.store = store;
    this.retry = retry;
    this.storage = new DiffStorage(store, null, retry);
  }

  @Override
  public DiffPublished learn(Run run) {
    List<String> files = run.task().data().train();
    long corrections = 0;
    for (String file : files) {
      byte[] rows =
          retry
              .get("reading " + file, () -> store.get(file, 1 << 20))
              .orElseThrow(() -> new InvariantViolation("data", "there is no " + file));
      corrections += file.equals(files.getFirst()) ? 0 : new String(rows, UTF_8).lines().count();
    }
    String data = files.getFirst();
    for (int step = 0; step < STEPS; step++) {
      scheduler.effect("step " + step + " of " + run.id(), Scheduler.Kind.READ, () -> true);
      run.guard().refresh();
      run.guard().check();
    }
    String name = data.substring(data.lastIndexOf('/') + 1);
    if (name.startsWith("bad-")) {
      throw new DiffstreamException(ErrorCode.INVALID_RECORD, data + ": line 1 has no label");
    }
    if (name.startsWith("faulty-")) {
      throw new IllegalStateException("a fault of the program on " + data);
    }
    double score = name.startsWith("weak-") ? 0.4 : 0.9 + corrections / 1000.0;
    run.report()
        .data(
            RunReportDataSummaryBuilder.builder()
                .examples(Map.of("train", TinyQuota.EXAMPLES))
                .invalidRecordCount(0)
                .build());
    run.report().gate(run.task().gate());
    run.report().metrics(Map.of("score", score, "majority", 0.5));
    byte[] file = TinyBase.diff(run.task().taskId(), String.join(" ", files), score);
    return DiffPublishedBuilder.builder()
        .runId(run.id())
        .taskId(run.task().taskId())
        .eventSource(run.event().source())
        .eventId(run.event().id())
        .attempt(run.attempt())
        .digest(storage.put(file))
        .bytes(file.length)
        .baseDigest(TinyBase.DIGEST)
        .report(ObjectKeys.report(run.id(), run.attempt()))
        .build();
  }

  @Override
  public void forget(Run run) {}
}
