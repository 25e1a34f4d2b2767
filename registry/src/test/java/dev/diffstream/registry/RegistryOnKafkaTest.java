package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.embedded.EmbeddedKafka;
import dev.diffstream.embedded.EmbeddedS3;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.EventLog.WorkQueue;
import dev.diffstream.eventlog.KafkaEventLog;
import dev.diffstream.eventlog.KafkaSettings;
import dev.diffstream.eventlog.TopicSetup;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.S3ObjectStore;
import dev.diffstream.objectstore.S3Settings;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublishedBuilder;
import dev.diffstream.schemas.event.Event;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.Encoded;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.run.RunIds;
import io.opentelemetry.api.OpenTelemetry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The registry between a real broker and an object store, over two lives. */
final class RegistryOnKafkaTest {
  private static final Duration LONGEST = Duration.ofSeconds(60);

  @Test
  void versionsAnnouncesAndReportsLostWorkers(@TempDir Path directory) {
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"), 0);
        EmbeddedS3 s3 =
            EmbeddedS3.start(
                new EmbeddedS3.Options(directory.resolve("s3"), 0, "key", "secret-key", "bucket"));
        ObjectStore store = new S3ObjectStore(at(s3))) {
      KafkaSettings settings = KafkaSettings.at(kafka.bootstrapServers());
      TopicSetup.run(settings);
      store.put(
          ObjectKeys.baseDescriptor(InMemoryBackends.BASE),
          Json.write(InMemoryBackends.descriptor()),
          Map.of());
      try (EventLog log = new KafkaEventLog(settings, "test")) {
        firstLife(store, log);
        secondLife(store, log);
      }
    }
  }

  private static void firstLife(ObjectStore store, EventLog log) {
    try (RegistryServer server =
        RegistryServer.start(InMemoryBackends.settings(), store, log, OpenTelemetry.noop())) {
      assertThat(server.port()).isPositive();
      publish(store, log, "e1");
      VersionAnnounced announced =
          await(log, Topics.ANNOUNCEMENTS, VersionAnnounced.class, event -> true);
      assertThat(announced.generation()).isEqualTo(1);
      String run = rejectedTask(log);
      RunFailed failed =
          await(log, Topics.RUNS, RunFailed.class, event -> event.runId().equals(run));
      assertThat(failed.errorCode().orUnsupported()).isEqualTo(ErrorCode.WORKER_LOST);
      assertThat(failed.taskId()).isEqualTo("songs");
      assertThat(failed.message()).contains("task event at diffstream.tasks/0/0:");
      Received letter = records(log, Topics.TASKS_DEAD_LETTERS).getFirst();
      assertThat(letter.key()).isEqualTo("songs");
      assertThat(letter.headers()).containsEntry("diffstream_run_id", run);
      assertThat(EventCodec.decode(letter.headers(), letter.value()).data())
          .isInstanceOf(TaskSubmitted.class);
    }
  }

  private static void secondLife(ObjectStore store, EventLog log) {
    publish(store, log, "e2");
    try (RegistryServer server =
        RegistryServer.start(InMemoryBackends.settings(), store, log, OpenTelemetry.noop())) {
      assertThat(server.port()).isPositive();
      VersionAnnounced second =
          await(log, Topics.ANNOUNCEMENTS, VersionAnnounced.class, e -> e.generation() == 2);
      assertThat(InMemoryBackends.at(second.aliases(), AliasGeneration.CHAMPION).version())
          .isEqualTo(2);
    }
    assertThat(records(log, Topics.ANNOUNCEMENTS)).hasSize(2);
    assertThat(records(log, Topics.TASKS_DEAD_LETTERS)).hasSize(1);
    assertThat(records(log, Topics.RUNS)).hasSize(1);
    assertThat(new VersionLog(store).versions(new TaskId("reviews"))).hasSize(2);
  }

  private static void publish(ObjectStore store, EventLog log, String eventId) {
    byte[] diff = InMemoryBackends.diff("reviews", new int[] {1, 5, 999}, 0.9);
    String digest = Sha256.of(diff);
    store.put(ObjectKeys.diff(digest), diff, Map.of());
    String run = RunIds.of("/test", eventId);
    send(
        log,
        Topics.DIFFS,
        "/test",
        eventId,
        DiffPublishedBuilder.builder()
            .attempt(1)
            .runId(run)
            .taskId("reviews")
            .eventSource("/test")
            .eventId(eventId)
            .digest(digest)
            .bytes(diff.length)
            .baseDigest(InMemoryBackends.BASE)
            .report("runs/" + run)
            .build());
  }

  /** A task event that its worker rejects, as the broker does for one that kills its workers. */
  private static String rejectedTask(EventLog log) {
    send(
        log,
        Topics.TASKS,
        "/shop",
        "t1",
        TaskSubmitted.of("songs", Objective.CLASSIFICATION, "tasks/songs/data/train.jsonl"));
    try (WorkQueue queue = log.workQueue(Topics.TASKS, Topics.WORKERS)) {
      long end = System.nanoTime() + LONGEST.toNanos();
      while (queue.take(Duration.ofSeconds(1)).isEmpty()) {
        assertThat(System.nanoTime()).isLessThan(end);
      }
      queue.reject();
    }
    return RunIds.of("/shop", "t1");
  }

  private static void send(EventLog log, String topic, String source, String id, Event event) {
    Encoded encoded =
        EventCodec.encode(new EventEnvelope<>(id, source, InMemoryBackends.NOW, Map.of(), event));
    log.publish(topic, new Message(event.subject(), encoded.headers(), encoded.value()));
  }

  private static <T extends Event> T await(
      EventLog log, String topic, Class<T> type, Predicate<T> wanted) {
    long end = System.nanoTime() + LONGEST.toNanos();
    try (EventLog.Follower follower = log.follow(topic)) {
      while (true) {
        for (Received received : follower.poll(Duration.ofMillis(200))) {
          Event event = EventCodec.decode(received.headers(), received.value()).data();
          if (type.isInstance(event) && wanted.test(type.cast(event))) {
            return type.cast(event);
          }
        }
        assertThat(System.nanoTime()).as("waiting on " + topic).isLessThan(end);
      }
    }
  }

  private static List<Received> records(EventLog log, String topic) {
    return new ArrayList<>(InMemoryBackends.records(log, topic));
  }

  private static S3Settings at(EmbeddedS3 s3) {
    return new S3Settings(
        s3.endpoint(), "us-east-1", "bucket", "key", "secret-key", S3Settings.DEFAULT_TIMEOUT);
  }
}
