package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.memory.MemoryEventLog;
import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.admission.AdmissionSettings;
import dev.diffstream.registry.console.ConsoleMode;
import dev.diffstream.registry.openlineage.OpenLineageSettings;
import dev.diffstream.registry.promotion.PromotionSettings;
import dev.diffstream.registry.quota.QuotaSettings;
import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.registry.telemetry.RegistrySpans;
import dev.diffstream.registry.webhook.WebhookSettings;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.base.BaseDescriptor;
import dev.diffstream.schemas.base.BaseDescriptor.ParameterShape;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.DenseHead;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.DiffPublishedBuilder;
import dev.diffstream.schemas.event.Event;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.Encoded;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.run.RunReportBuilder;
import dev.diffstream.schemas.signature.TrustedKeys;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A bucket with one small base, the topics, and the diffs that workers would publish there. */
final class InMemoryBackends {
  static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  static final String BASE = Sha256.of("a small base");
  static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  static final int WEIGHTS = 1_000;
  private static final List<Integer> SHAPE = List.of(10, 100);

  final MemoryObjectStore store = new MemoryObjectStore();
  final MemoryEventLog log = new MemoryEventLog();

  InMemoryBackends() {
    store.put(ObjectKeys.baseDescriptor(BASE), Json.write(descriptor()), Map.of());
  }

  static BaseDescriptor descriptor() {
    return new BaseDescriptor("small", BASE, List.of(new ParameterShape("layer.weight", SHAPE)));
  }

  static RegistrySettings settings() {
    return settings(TrustedKeys.NONE);
  }

  static RegistrySettings settings(TrustedKeys trustedKeys) {
    return new RegistrySettings(
        "registry-1",
        "127.0.0.1",
        0,
        1 << 20,
        0.05,
        Duration.ofHours(24),
        trustedKeys,
        AdmissionSettings.DEFAULT,
        QuotaSettings.NONE,
        PromotionSettings.DEFAULT,
        ConsoleMode.withoutGateway(false),
        WebhookSettings.NONE,
        OpenLineageSettings.NONE);
  }

  Registrar registrar() {
    return registrar(store, log);
  }

  static Registrar registrar(ObjectStore store, EventLog log) {
    return registrar(store, log, settings());
  }

  static Registrar registrar(ObjectStore store, EventLog log, RegistrySettings settings) {
    return new Registrar(
        store,
        log,
        settings,
        new RegistryCounters(),
        new RegistrySpans(io.opentelemetry.api.OpenTelemetry.noop()),
        InstantSource.fixed(NOW));
  }

  /** A diff of {@code task} that changes {@code positions} and scores {@code score} over 0.5. */
  static byte[] diff(String task, int[] positions, double score) {
    return diff(metadata(task, BASE, positions.length, score), positions);
  }

  /** The same over a parameter of another shape than the base's. */
  static byte[] transposed(String task, int[] positions, double score) {
    return diff(metadata(task, BASE, positions.length, score), List.of(100, 10), positions);
  }

  static byte[] diff(DiffMetadata metadata, int[] positions) {
    return diff(metadata, SHAPE, positions);
  }

  private static byte[] diff(DiffMetadata metadata, List<Integer> shape, int[] positions) {
    float[] values = new float[positions.length];
    java.util.Arrays.fill(values, 0.5f);
    return DiffWriter.write(
        new Diff(
            metadata,
            positions.length == 0
                ? List.of()
                : List.of(new SparseTensor("layer.weight", shape, positions, values)),
            new DenseHead(2, 10, new float[20], new float[2]),
            null));
  }

  /** A diff of a masked language model: another head, no labels. */
  static byte[] maskedLanguageModel(String task, double score) {
    DiffMetadata like = metadata(task, BASE, 1, score);
    DiffMetadata metadata =
        DiffMetadata.learned()
            .baseDigest(like.baseDigest())
            .baseName(like.baseName())
            .baseParameters(like.baseParameters())
            .taskId(task)
            .objective(Objective.MASKED_LM)
            .method(like.method())
            .precision(like.precision())
            .nonzeros(like.nonzeros())
            .labels(List.of())
            .features(Objective.MASKED_LM.features())
            .maxTokens(like.maxTokens())
            .metrics(like.metrics())
            .tokenizerDigest(like.tokenizerDigest())
            .dataDigest(like.dataDigest())
            .seed(like.seed())
            .codeVersion(like.codeVersion())
            .build();
    float[] width = new float[4];
    return DiffWriter.write(
        new Diff(
            metadata,
            List.of(new SparseTensor("layer.weight", SHAPE, new int[] {7}, new float[] {0.5f})),
            new Diff.TiedHead(30, 4, 4, new float[16], width, width, width, new float[30]),
            null));
  }

  static DiffMetadata metadata(String task, String base, int nonzeros, double score) {
    return DiffMetadata.learned()
        .baseDigest(base)
        .baseName("small")
        .baseParameters(WEIGHTS)
        .taskId(task)
        .objective(Objective.CLASSIFICATION)
        .method("diff-pruning")
        .precision(ValuePrecision.FP16)
        .nonzeros(nonzeros)
        .labels(List.of("no", "yes"))
        .features("mean")
        .maxTokens(128)
        .metrics(Map.of("score", score, "majority", 0.5))
        .tokenizerDigest(Sha256.of("tokenizer"))
        .dataDigest(Sha256.of("data"))
        .seed(7)
        .codeVersion("test")
        .build();
  }

  /** Stores {@code bytes} as a worker would and returns the event that names them. */
  DiffPublished stored(String task, String eventId, byte[] bytes) {
    String digest = Sha256.of(bytes);
    store.put(ObjectKeys.diff(digest), bytes, Map.of());
    String run = RunIds.of("/test", eventId);
    return DiffPublishedBuilder.builder()
        .attempt(1)
        .runId(run)
        .taskId(task)
        .eventSource("/test")
        .eventId(eventId)
        .digest(digest)
        .bytes(bytes.length)
        .baseDigest(BASE)
        .report(ObjectKeys.report(run, 1))
        .build();
  }

  DiffPublished publish(String task, String eventId, byte[] bytes) {
    DiffPublished event = stored(task, eventId, bytes);
    send(Topics.DIFFS, event, Map.of("traceparent", TRACE));
    return event;
  }

  void send(String topic, Event event, Map<String, String> trace) {
    Encoded encoded = EventCodec.encode(EventEnvelope.of("/test/worker", event, trace));
    log.publish(topic, new Message(event.subject(), encoded.headers(), encoded.value()));
  }

  void report(DiffPublished event) {
    RunReport report =
        RunReportBuilder.builder()
            .runId(event.runId())
            .taskId(event.taskId())
            .event(
                new EventOrigin(
                    event.eventSource(), event.eventId(), RunIds.place(Topics.TASKS, 0, 0)))
            .attempt(event.attempt())
            .outcome(RunReport.Outcome.PUBLISHED)
            .published(event)
            .warnings(List.of())
            .started(NOW)
            .finished(NOW)
            .build();
    store.put(event.report(), Json.write(report), Map.of("traceparent", TRACE));
  }

  /** The events on {@code topic} as their types. */
  <T extends Event> List<T> events(String topic, Class<T> type) {
    return records(topic).stream()
        .map(r -> EventCodec.decode(r.headers(), r.value()).data())
        .filter(type::isInstance)
        .map(type::cast)
        .toList();
  }

  /** Key to content of every object the registry writes, for comparing end states. */
  Map<String, String> registryObjects() {
    Map<String, String> objects = new TreeMap<>();
    store
        .list("tasks/")
        .forEach(
            key ->
                objects.put(
                    key,
                    new String(
                        store.get(key, 1 << 20).orElseThrow(),
                        java.nio.charset.StandardCharsets.UTF_8)));
    return objects;
  }

  /** Everything on {@code topic}, in the order of each partition. */
  List<Received> records(String topic) {
    return records(log, topic);
  }

  static List<Received> records(EventLog log, String topic) {
    List<Received> records = new ArrayList<>();
    try (EventLog.Follower follower = log.follow(topic)) {
      while (!follower.caughtUp()) {
        records.addAll(follower.poll(Duration.ofSeconds(1)));
      }
    }
    return records;
  }

  static <K, V> V at(Map<K, V> map, K key) {
    return java.util.Objects.requireNonNull(map.get(key), () -> key + " in " + map.keySet());
  }

  static String error(Received received) {
    return String.valueOf(received.headers().get("diffstream_error_code"));
  }
}
