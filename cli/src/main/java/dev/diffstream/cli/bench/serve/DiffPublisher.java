package dev.diffstream.cli.bench.serve;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.SignedDiffs;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.DiffPublishedBuilder;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.signature.SigningKey;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Publishes diffs as a trainer worker does: file, signature, event. The registry does the rest. */
final class DiffPublisher {
  private static final String SOURCE = "/diffstream/bench";

  private final ObjectStore store;
  private final EventLog log;
  private final @Nullable SigningKey signingKey;

  /**
   * @param signingKey null: nothing is signed
   */
  DiffPublisher(ObjectStore store, EventLog log, @Nullable SigningKey signingKey) {
    this.store = store;
    this.log = log;
    this.signingKey = signingKey;
  }

  /**
   * @param file of {@code diff}
   * @param id of the event; with another one the same diff is another version
   */
  void publish(Diff diff, byte[] file, String id) {
    String digest = Sha256.of(file);
    store.putIfAbsent(ObjectKeys.diff(digest), file, Map.of());
    if (signingKey != null) {
      SignedDiffs.put(store, signingKey, digest, signingKey.sign(digest), Map.of());
    }
    String task = diff.metadata().taskId();
    String run = RunIds.of(SOURCE, id);
    DiffPublished event =
        DiffPublishedBuilder.builder()
            .runId(run)
            .taskId(task)
            .eventSource(SOURCE)
            .eventId(id)
            .attempt(1)
            .digest(digest)
            .bytes(file.length)
            .baseDigest(diff.metadata().baseDigest())
            .report(ObjectKeys.report(run, 1))
            .build();
    EventCodec.Encoded encoded = EventCodec.encode(EventEnvelope.of(SOURCE, event, Map.of()));
    log.publish(Topics.DIFFS, new EventLog.Message(task, encoded.headers(), encoded.value()));
  }
}
