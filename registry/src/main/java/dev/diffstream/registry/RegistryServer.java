package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.ParallelReads;
import dev.diffstream.registry.catalog.RegistrySnapshot;
import dev.diffstream.registry.catalog.TombstoneLog;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.deadletter.DeadLetterArchive;
import dev.diffstream.registry.deletion.VersionDeletion;
import dev.diffstream.registry.http.RegistryView;
import dev.diffstream.registry.http.ResponseBodies;
import dev.diffstream.registry.jobs.FineTuning;
import dev.diffstream.registry.move.AliasMoves;
import dev.diffstream.registry.move.MoveHistory;
import dev.diffstream.registry.runs.RunControls;
import dev.diffstream.registry.runs.RunRequests;
import dev.diffstream.registry.submission.TaskSubmissions;
import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.registry.telemetry.RegistrySpans;
import dev.diffstream.registry.webhook.Webhooks;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.service.http.ErrorBody;
import dev.diffstream.service.http.Health;
import dev.diffstream.service.http.HealthSource;
import dev.diffstream.service.http.ServerProperties;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import io.opentelemetry.api.OpenTelemetry;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The registry's parts, started in order and stopped in the opposite one. */
final class RegistryServer implements AutoCloseable {
  /** Reads of the bucket at a time while the registry starts. */
  private static final int READS = 32;

  private final RegistrarLoop loop;
  private final ExecutorService snapshots;
  private final Webhooks webhooks;
  private final ApplicationContext context;
  private final EmbeddedServer http;

  private RegistryServer(
      RegistrarLoop loop,
      ExecutorService snapshots,
      Webhooks webhooks,
      ApplicationContext context,
      EmbeddedServer http) {
    this.loop = loop;
    this.snapshots = snapshots;
    this.webhooks = webhooks;
    this.context = context;
    this.http = http;
  }

  /** Serves HTTP at once; ready follows when bucket and topics have been read. */
  static RegistryServer start(
      RegistrySettings settings, ObjectStore store, EventLog log, OpenTelemetry telemetry) {
    RegistryCounters counters = new RegistryCounters();
    RegistrySpans spans = new RegistrySpans(telemetry);
    ExecutorService snapshots =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("snapshots").factory());
    RegistrarLoop loop =
        new RegistrarLoop(
            () ->
                new Registrar(
                    store,
                    log,
                    settings,
                    counters,
                    spans,
                    InstantSource.system(),
                    ParallelReads.upTo(READS),
                    snapshots),
            counters);
    InstantSource clock = InstantSource.system();
    AliasLog aliases = new AliasLog(store, clock);
    VersionLog versions = new VersionLog(store);
    TombstoneLog tombstones = new TombstoneLog(store);
    RegistryView view =
        new RegistryView(
            loop::snapshot,
            loop::quarantine,
            counters,
            store,
            new AliasMoves(aliases, versions, tombstones),
            new MoveHistory(aliases),
            loop::fleet,
            loop::moved,
            loop::overtaken,
            new VersionDeletion(versions, aliases, tombstones, clock),
            tombstones,
            new RunRequests(
                new RunControls(store, clock), run -> loop.snapshot().run(run), loop::asked),
            loop::progress,
            new DeadLetterArchive(log));
    TaskSubmissions submissions =
        new TaskSubmissions(store, log, run -> loop.snapshot().run(run).isPresent(), clock);
    FineTuning fineTuning = new FineTuning(view, store, submissions, clock);
    HealthSource health = () -> health(loop);
    ErrorBody errors =
        (code, message) ->
            Json.write(
                new ResponseBodies.Failure(
                    new ResponseBodies.Failure.Reason(code.name(), message)));
    ApplicationContext context =
        ApplicationContext.builder()
            .packages("dev.diffstream.registry")
            .properties(
                ServerProperties.of("diffstream-registry", settings.host(), settings.port()))
            .singletons(view, health, errors, settings.console(), submissions, fineTuning)
            .start();
    loop.start();
    EmbeddedServer http = context.getBean(EmbeddedServer.class).start();
    Webhooks webhooks = Webhooks.start(log, settings.webhooks(), clock);
    return new RegistryServer(loop, snapshots, webhooks, context, http);
  }

  private static Health health(RegistrarLoop loop) {
    RegistrySnapshot snapshot = loop.snapshot();
    return Health.of(
        loop.makesProgress(),
        snapshot.ready(),
        loop.quarantine(),
        Map.of("tasks", snapshot.tasks().size()));
  }

  int port() {
    return http.getPort();
  }

  @Override
  public void close() {
    http.stop();
    webhooks.close();
    loop.close();
    snapshots.shutdown();
    context.close();
  }
}
