package dev.diffstream.registry;

import dev.diffstream.eventlog.AccessAudit;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.announce.AuditEntry;
import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.ParallelReads;
import dev.diffstream.registry.catalog.RegistrySnapshot;
import dev.diffstream.registry.catalog.TaskOwner;
import dev.diffstream.registry.catalog.TombstoneLog;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.deadletter.DeadLetterArchive;
import dev.diffstream.registry.deletion.VersionDeletion;
import dev.diffstream.registry.http.RegistryView;
import dev.diffstream.registry.http.ResponseBodies;
import dev.diffstream.registry.jobs.FineTuning;
import dev.diffstream.registry.lineage.LineageReader;
import dev.diffstream.registry.move.AliasMoves;
import dev.diffstream.registry.move.MoveHistory;
import dev.diffstream.registry.openlineage.OpenLineageEvents;
import dev.diffstream.registry.retraining.RetrainingLoop;
import dev.diffstream.registry.runs.RunControls;
import dev.diffstream.registry.runs.RunLedger;
import dev.diffstream.registry.runs.RunRequests;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.registry.submission.TaskClaims;
import dev.diffstream.registry.submission.TaskSubmissions;
import dev.diffstream.registry.submission.UploadedFiles;
import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.registry.telemetry.RegistrySpans;
import dev.diffstream.registry.tenancy.CurrentAsker;
import dev.diffstream.registry.tenancy.VisibleTasks;
import dev.diffstream.registry.webhook.Webhooks;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.service.access.AccessControl;
import dev.diffstream.service.http.ErrorBody;
import dev.diffstream.service.http.Health;
import dev.diffstream.service.http.HealthSource;
import dev.diffstream.service.http.ServerProperties;
import dev.diffstream.settings.AccessSettings;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import io.opentelemetry.api.OpenTelemetry;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The registry's parts, started in order and stopped in the opposite one. */
final class RegistryServer implements AutoCloseable {
  /** Reads of the bucket at a time while the registry starts. */
  private static final int READS = 32;

  private final RegistrarLoop loop;
  private final ExecutorService snapshots;
  private final RetrainingLoop retrainings;
  private final Webhooks webhooks;
  private final OpenLineageEvents openLineage;
  private final ApplicationContext context;
  private final EmbeddedServer http;
  private final AccessControl access;

  private RegistryServer(
      RegistrarLoop loop,
      ExecutorService snapshots,
      RetrainingLoop retrainings,
      Webhooks webhooks,
      OpenLineageEvents openLineage,
      ApplicationContext context,
      EmbeddedServer http,
      AccessControl access) {
    this.loop = loop;
    this.snapshots = snapshots;
    this.retrainings = retrainings;
    this.webhooks = webhooks;
    this.openLineage = openLineage;
    this.context = context;
    this.http = http;
    this.access = access;
  }

  /** As the other, for everybody. */
  static RegistryServer start(
      RegistrySettings settings, ObjectStore store, EventLog log, OpenTelemetry telemetry) {
    return start(settings, AccessSettings.OPEN, store, log, telemetry);
  }

  /** Serves HTTP at once; ready follows when bucket and topics have been read. */
  static RegistryServer start(
      RegistrySettings settings,
      AccessSettings accessSettings,
      ObjectStore store,
      EventLog log,
      OpenTelemetry telemetry) {
    AccessAudit audit =
        new AccessAudit(
            log, RunLedger.REGISTRY_SOURCE + "/" + settings.id(), InstantSource.system());
    AccessControl access = AccessControl.start("registry", accessSettings, store, audit::send);
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
    Function<String, Optional<RunView>> runs = run -> loop.snapshot().run(run);
    CurrentAsker asker = new CurrentAsker(access.policy());
    VisibleTasks visible = new VisibleTasks(loop::snapshot, asker);
    RegistryView view =
        new RegistryView(
            visible,
            loop::quarantine,
            counters,
            store,
            new AliasMoves(aliases, versions, tombstones),
            new MoveHistory(aliases),
            loop::fleet,
            loop::moved,
            loop::overtaken,
            new VersionDeletion(
                versions,
                aliases,
                tombstones,
                clock,
                tombstone -> loop.done(AuditEntry.of(tombstone))),
            tombstones,
            new RunRequests(new RunControls(store, clock), runs, loop::asked),
            loop::progress,
            new DeadLetterArchive(log, runs, clock, visible::isVisible));
    TaskClaims claims = new TaskClaims(store, asker, task -> known(loop.snapshot(), task), clock);
    TaskSubmissions submissions =
        new TaskSubmissions(store, log, run -> runs.apply(run).isPresent(), clock, claims);
    UploadedFiles files = new UploadedFiles(store, claims, clock);
    FineTuning fineTuning = new FineTuning(view, store, submissions, files, clock);
    RetrainingLoop retrainings =
        new RetrainingLoop(
            store,
            log,
            settings.id(),
            runs,
            () -> loop.snapshot().ready(),
            loop::done,
            task -> loop.fleet().of(task),
            clock);
    HealthSource health = () -> health(loop, retrainings, access);
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
            .singletons(view, health, errors, settings.console(), submissions, files, fineTuning)
            .singletons(new LineageReader(store, settings.trustedKeys()))
            .singletons(retrainings.corrections(), retrainings.requests())
            .singletons(access.policy(), visible)
            .start();
    loop.start();
    retrainings.start();
    EmbeddedServer http = context.getBean(EmbeddedServer.class).start();
    Webhooks webhooks = Webhooks.start(log, settings.webhooks(), clock);
    OpenLineageEvents openLineage =
        OpenLineageEvents.start(log, store, versions, settings.openLineage(), clock);
    return new RegistryServer(
        loop, snapshots, retrainings, webhooks, openLineage, context, http, access);
  }

  private static TaskClaims.@Nullable Known known(RegistrySnapshot snapshot, String task) {
    boolean isKnown =
        snapshot.tasks().containsKey(task) || snapshot.runIndex().newestOf(task).isPresent();
    if (!isKnown && !snapshot.ready()) {
      throw new DiffstreamException(
          ErrorCode.NOT_READY,
          "the registry is reading its bucket, and cannot tell whose tasks are");
    }
    return isKnown ? new TaskClaims.Known(TaskOwner.of(snapshot, task)) : null;
  }

  private static Health health(
      RegistrarLoop loop, RetrainingLoop retrainings, AccessControl access) {
    RegistrySnapshot snapshot = loop.snapshot();
    return Health.of(
        loop.makesProgress() && retrainings.makesProgress() && access.makesProgress(),
        snapshot.ready() && access.ready(),
        List.of(loop.quarantine(), retrainings.quarantine()),
        Map.of("tasks", snapshot.tasks().size()));
  }

  int port() {
    return http.getPort();
  }

  ApplicationContext context() {
    return context;
  }

  @Override
  public void close() {
    http.stop();
    access.close();
    webhooks.close();
    openLineage.close();
    retrainings.close();
    loop.close();
    snapshots.shutdown();
    context.close();
  }
}
