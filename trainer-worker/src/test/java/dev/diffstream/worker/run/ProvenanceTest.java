package dev.diffstream.worker.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.memory.MemoryEventLog;
import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.provenance.ProvenanceStatement;
import dev.diffstream.schemas.provenance.ProvenanceStatement.InternalParameters;
import dev.diffstream.schemas.provenance.ProvenanceStatement.Resource;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.run.RunReport.DataFile;
import dev.diffstream.schemas.signature.SignedStatement;
import dev.diffstream.schemas.signature.SigningKey;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.data.DataLimits;
import dev.diffstream.worker.data.DataLocation;
import dev.diffstream.worker.data.DataSetReader;
import dev.diffstream.worker.learning.diffpruning.DiffPruning;
import dev.diffstream.worker.training.Trainer;
import dev.diffstream.worker.training.TrainingEnvironment;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What a worker says of the diffs that it learned, on memory twins and a tiny base. */
class ProvenanceTest {
  private static final Base BASE = TinyWorld.base();
  private static final String RUN = RunIds.of("/test", "e");
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final byte[] TRAIN = packed(TinyWorld.learnable(160));
  private static final byte[] DEV = TinyWorld.learnable(30);

  private final MemoryObjectStore store = new MemoryObjectStore();

  @AfterAll
  static void close() {
    BASE.close();
  }

  @Test
  void theStatementNamesAllThatWentIntoTheDiff() {
    learn(null);
    byte[] stored = stored();
    RunReport report = Reports.of(store, RUN);
    assertThat(report.provenance()).as("the report names it").isEqualTo(Sha256.of(stored));
    ProvenanceStatement statement = ProvenanceStatement.read(stored, "statement");
    String digest = Objects.requireNonNull(report.published()).digest();
    statement.checkSubject(digest, "statement");
    assertThat(store.get(ObjectKeys.diff(digest), 1 << 20)).isPresent();

    var definition = statement.predicate().buildDefinition();
    assertThat(definition.externalParameters().event()).isEqualTo(report.event());
    assertThat(definition.externalParameters().task().path("remark").asText())
        .as("a field that the worker does not know")
        .isEqualTo("mine");
    InternalParameters internal = definition.internalParameters();
    assertThat(internal.worker()).isEqualTo("w");
    assertThat(internal.settings())
        .isEqualTo(report.settings())
        .containsEntry("seed", "42")
        .containsEntry("density", "0.05");
    RunReport.Environment environment = Objects.requireNonNull(internal.environment());
    assertThat(environment).isEqualTo(report.environment());
    assertThat(environment.program()).startsWith("build-");
    assertThat(environment.threads()).isPositive();

    assertThat(statement.predicate().runDetails().metadata().invocationId()).isEqualTo(RUN + "/1");
    assertThat(statement.predicate().runDetails().metadata().startedOn()).isEqualTo(NOW);
    assertThat(definition.resolvedDependencies())
        .extracting(Resource::name)
        .containsExactly("base", "train", "dev");
    assertThat(definition.resolvedDependencies().getFirst().digest())
        .containsExactly(Map.entry(ProvenanceStatement.BASE_DIGEST, BASE.digest()));
  }

  @Test
  void everyFileOfTheDataSetIsNamedByTheHashOfItsStoredBytes() {
    learn(null);
    List<DataFile> files =
        Objects.requireNonNull(Objects.requireNonNull(Reports.of(store, RUN).data()).files());
    assertThat(files)
        .containsExactly(
            new DataFile(
                "train",
                "s3://b/tasks/t/data/two%20words.jsonl.gz",
                TRAIN.length,
                Sha256.of(TRAIN),
                160),
            new DataFile("dev", "s3://b/tasks/t/data/dev.jsonl", DEV.length, Sha256.of(DEV), 30));
    Resource train =
        ProvenanceStatement.read(stored(), "statement")
            .predicate()
            .buildDefinition()
            .resolvedDependencies()
            .get(1);
    assertThat(train.uri()).isEqualTo("s3://b/tasks/t/data/two%20words.jsonl.gz");
    assertThat(train.digest()).containsExactly(Map.entry("sha256", Sha256.of(TRAIN)));
  }

  @Test
  void aWorkerWithAKeySignsTheSameStatement() {
    learn(null);
    byte[] bare = stored();
    store.delete(ObjectKeys.provenance(RUN, 1));
    store.delete(ObjectKeys.attempt(RUN, 1));
    store.delete(ObjectKeys.report(RUN, 1));
    SigningKey key = SigningKey.generate();
    learn(key);
    SignedStatement signed = SignedStatement.parse(stored(), "envelope");
    assertThat(signed.isSignedBy(key.verificationKey())).isTrue();
    assertThat(new String(signed.statement(), UTF_8)).isEqualTo(new String(bare, UTF_8));
    assertThat(Reports.of(store, RUN).provenance()).isEqualTo(Sha256.of(stored()));
  }

  private byte[] stored() {
    return store.get(ObjectKeys.provenance(RUN, 1), 1 << 20).orElseThrow();
  }

  private void learn(@Nullable SigningKey key) {
    store.put("tasks/t/data/two words.jsonl.gz", TRAIN, Map.of());
    store.put("tasks/t/data/dev.jsonl", DEV, Map.of());
    String task =
        TinyWorld.task("two words.jsonl.gz", "")
            .replace("\"objective\"", "\"remark\":\"mine\",\"objective\"")
            .replace(".gz\"", ".gz\",\"dev\":\"tasks/t/data/dev.jsonl\"");
    Trainer.handler(
            TrainingEnvironment.onProcessor()
                .workerId("w")
                .base(BASE)
                .store(store)
                .log(new MemoryEventLog())
                .dataSets(
                    new DataSetReader(store, new DataLocation("b", List.of()), DataLimits.DEFAULT))
                .methods(List.of(new DiffPruning(2)))
                .signingKey(key)
                .retry(new RetryPolicy(Duration.ZERO, new CountDownLatch(1)))
                .clock(InstantSource.fixed(NOW))
                .build())
        .handle(
            new Received(Topics.TASKS, 0, 0, "t", TinyWorld.taskHeaders("e"), task.getBytes(UTF_8)),
            () -> true);
  }

  private static byte[] packed(byte[] text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
