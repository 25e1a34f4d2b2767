package dev.diffstream.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.DiffPublishedBuilder;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.provenance.ProvenanceStatement;
import dev.diffstream.schemas.provenance.ProvenanceStatement.BuildDefinition;
import dev.diffstream.schemas.provenance.ProvenanceStatement.Builder;
import dev.diffstream.schemas.provenance.ProvenanceStatement.ExternalParameters;
import dev.diffstream.schemas.provenance.ProvenanceStatement.InternalParameters;
import dev.diffstream.schemas.provenance.ProvenanceStatement.Metadata;
import dev.diffstream.schemas.provenance.ProvenanceStatement.Predicate;
import dev.diffstream.schemas.provenance.ProvenanceStatement.Resource;
import dev.diffstream.schemas.provenance.ProvenanceStatement.RunDetails;
import dev.diffstream.schemas.run.AttemptBegun;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.run.RunReport.DataFile;
import dev.diffstream.schemas.run.RunReport.Outcome;
import dev.diffstream.schemas.run.RunReportBuilder;
import dev.diffstream.schemas.run.RunReportDataSummaryBuilder;
import dev.diffstream.schemas.signature.SignedStatement;
import dev.diffstream.schemas.signature.SigningKey;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What workers leave behind of a run that was paused by one and brought to its end by another; the
 * diff is version 1 of task {@code reviews} once a registry has read of it.
 */
final class LearnedVersion {
  static final Instant FIRST_BEGAN = InMemoryBackends.NOW.minusSeconds(90);
  static final Map<String, String> SETTINGS = Map.of("seed", "42", "density", "0.002");
  static final DataFile FILE =
      new DataFile(
          "train", "s3://bucket/tasks/reviews/data/two%20words.csv", 4711, Sha256.of("file"), 100);
  static final RunReport.Environment ENVIRONMENT =
      new RunReport.Environment("0.1.0", "build-2", "cpu", 4, 8);

  final InMemoryBackends backends;
  final DiffPublished published;
  final EventOrigin event;
  final String key;
  private byte[] stored = new byte[0];

  LearnedVersion(InMemoryBackends backends, String id) {
    this.backends = backends;
    DiffPublished first =
        backends.stored(
            "reviews", id, InMemoryBackends.diff("reviews", new int[] {id.hashCode() & 511}, 0.9));
    this.published =
        DiffPublishedBuilder.builder(first)
            .attempt(2)
            .report(ObjectKeys.report(first.runId(), 2))
            .build();
    this.event = new EventOrigin("/test", id, "diffstream.tasks/0/7");
    this.key = ObjectKeys.provenance(published.runId(), 2);
  }

  /** Two attempts, the report of each, and the statement of the second. */
  void store(@Nullable SigningKey signingKey) {
    begun(1, "worker-1", FIRST_BEGAN);
    backends.store.put(
        ObjectKeys.report(published.runId(), 1),
        Json.write(report(1, "worker-1").outcome(Outcome.PAUSED).build()),
        Map.of());
    begun(2, "worker-2", InMemoryBackends.NOW);
    byte[] statement = statement().write();
    stored = signingKey == null ? statement : SignedStatement.sign(statement, signingKey);
    backends.store.put(key, stored, Map.of());
    RunReport report =
        report(2, "worker-2")
            .outcome(Outcome.PUBLISHED)
            .published(published)
            .provenance(Sha256.of(stored))
            .training(Map.of("resumed", 1.0, "seconds", 3.0))
            .build();
    backends.store.put(
        published.report(), Json.write(report), Map.of("traceparent", InMemoryBackends.TRACE));
    if (signingKey != null) {
      backends.store.put(
          ObjectKeys.signature(published.digest(), signingKey.verificationKey().id()),
          signingKey.sign(published.digest()),
          Map.of());
    }
  }

  void publish() {
    backends.send(Topics.DIFFS, published, Map.of("traceparent", InMemoryBackends.TRACE));
  }

  /** The statement's object as it was stored. */
  byte[] stored() {
    return stored;
  }

  private void begun(long attempt, String worker, Instant started) {
    AttemptBegun begun =
        new AttemptBegun(
            published.runId(),
            "reviews",
            attempt,
            event,
            worker,
            "cpu",
            "build-" + attempt,
            attempt,
            started);
    backends.store.put(ObjectKeys.attempt(published.runId(), attempt), Json.write(begun), Map.of());
  }

  private RunReportBuilder report(long attempt, String worker) {
    return RunReportBuilder.builder()
        .runId(published.runId())
        .taskId("reviews")
        .event(event)
        .attempt(attempt)
        .worker(worker)
        .warnings(List.of())
        .settings(SETTINGS)
        .environment(ENVIRONMENT)
        .data(
            RunReportDataSummaryBuilder.builder()
                .digest(Sha256.of("data"))
                .files(List.of(FILE))
                .examples(Map.of("train", 80, "dev", 10, "test", 10))
                .invalidRecordCount(0)
                .build())
        .started(InMemoryBackends.NOW)
        .finished(InMemoryBackends.NOW.plusSeconds(3));
  }

  ProvenanceStatement statement() {
    String task = "{\"taskId\":\"reviews\",\"remark\":\"mine\"}";
    return ProvenanceStatement.of(
        new Resource("diff", null, Map.of("sha256", published.digest()), null),
        new Predicate(
            new BuildDefinition(
                ProvenanceStatement.BUILD_TYPE,
                new ExternalParameters(event, Json.parse(task.getBytes(UTF_8), "task")),
                new InternalParameters("worker-2", SETTINGS, ENVIRONMENT),
                List.of()),
            new RunDetails(
                new Builder(ProvenanceStatement.BUILDER, null),
                new Metadata(
                    published.runId() + "/2",
                    InMemoryBackends.NOW,
                    InMemoryBackends.NOW.plusSeconds(3)))));
  }
}
