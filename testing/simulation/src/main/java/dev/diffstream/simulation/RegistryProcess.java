package dev.diffstream.simulation;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.Registrar;
import dev.diffstream.registry.RegistrarLoop;
import dev.diffstream.registry.RegistrySettings;
import dev.diffstream.registry.admission.AdmissionSettings;
import dev.diffstream.registry.announce.AuditEntry;
import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.TombstoneLog;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.console.ConsoleMode;
import dev.diffstream.registry.correction.CorrectionBody;
import dev.diffstream.registry.move.AliasMoves;
import dev.diffstream.registry.move.MoveRequest;
import dev.diffstream.registry.openlineage.OpenLineageSettings;
import dev.diffstream.registry.promotion.PromotionSettings;
import dev.diffstream.registry.quota.QuotaSettings;
import dev.diffstream.registry.retraining.RetrainingLoop;
import dev.diffstream.registry.retraining.RuleBody;
import dev.diffstream.registry.runs.RunControls;
import dev.diffstream.registry.runs.RunRequests;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.registry.telemetry.RegistrySpans;
import dev.diffstream.registry.webhook.WebhookSettings;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.correction.Correction;
import dev.diffstream.schemas.registry.ActorName;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.run.RunControl;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.simulation.schedule.Scheduler;
import dev.diffstream.simulation.schedule.SimulatedClock;
import dev.diffstream.simulation.schedule.SimulatedProcess;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A registry: the product's loop around its registrar, stepped. */
final class RegistryProcess implements SimulatedProcess {
  private static final Duration REMOVE_AFTER = Duration.ofHours(24);
  private static final ActorName CORRECTOR = new ActorName("corrector");

  private final String name;
  private final ObjectStore store;
  private final EventLog log;
  private final QuotaSettings quotas;
  private final Scheduler scheduler;
  private final SimulatedClock.OfMachine wallClock;
  private @Nullable RegistrarLoop loop;
  private @Nullable RetrainingLoop retrainings;
  private boolean stopping;
  private boolean failed;

  RegistryProcess(
      String name,
      ObjectStore store,
      EventLog log,
      QuotaSettings quotas,
      Scheduler scheduler,
      SimulatedClock clock) {
    this.name = name;
    this.store = store;
    this.log = log;
    this.quotas = quotas;
    this.scheduler = scheduler;
    this.wallClock = clock.new OfMachine();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void step() {
    RegistrarLoop running = loop == null ? start() : loop;
    loop = running;
    RetrainingLoop rules = retrainings == null ? retrainings() : retrainings;
    retrainings = rules;
    Duration pause = running.step().plus(rules.step(Duration.ZERO));
    failed = !pause.isZero();
    if (stopping) {
      scheduler.note("stops");
      rules.disconnect();
      running.disconnect();
      crash();
    }
    scheduler.elapse(pause);
  }

  private RegistrarLoop start() {
    RegistryCounters counters = new RegistryCounters();
    return new RegistrarLoop(() -> connect(counters), counters);
  }

  private RetrainingLoop retrainings() {
    return new RetrainingLoop(
        store,
        log,
        name,
        this::run,
        () -> loop != null && loop.snapshot().ready(),
        this::tell,
        task -> loop == null ? List.of() : loop.fleet().of(task),
        wallClock);
  }

  /** What a request to this registry leads to; its loop hears of it if it runs. */
  Correction correct(TaskId task, CorrectionBody body, String requestId) {
    RetrainingLoop running = retrainings;
    return (running == null ? retrainings() : running)
        .corrections()
        .add(task, body, CORRECTOR, requestId);
  }

  /** As {@link #correct}. */
  void setRule(TaskId task, RuleBody rule, String requestId) {
    RetrainingLoop running = retrainings;
    (running == null ? retrainings() : running).requests().put(task, rule, CORRECTOR, requestId);
  }

  private Registrar connect(RegistryCounters counters) {
    return new Registrar(
        store,
        log,
        new RegistrySettings(
            name,
            "127.0.0.1",
            0,
            1 << 20,
            0.1,
            REMOVE_AFTER,
            TrustedKeys.NONE,
            AdmissionSettings.DEFAULT,
            quotas,
            PromotionSettings.DEFAULT,
            ConsoleMode.withoutGateway(false),
            WebhookSettings.NONE,
            OpenLineageSettings.NONE),
        counters,
        new RegistrySpans(OpenTelemetry.noop()),
        wallClock);
  }

  /**
   * What a request to this registry leads to; the loop hears of it if it runs.
   *
   * @throws dev.diffstream.schemas.DiffstreamException as {@link AliasMoves#move} says
   */
  AliasGeneration move(TaskId task, MoveRequest request) {
    AliasMoves moves =
        new AliasMoves(
            new AliasLog(store, wallClock), new VersionLog(store), new TombstoneLog(store));
    AliasGeneration made = moves.move(task, request);
    RegistrarLoop running = loop;
    if (running != null) {
      running.moved(made);
    }
    return made;
  }

  /**
   * What a request to this registry about a run leads to.
   *
   * @throws dev.diffstream.schemas.DiffstreamException as {@link RunRequests#ask} says
   */
  void ask(String run, String action, String requestId) {
    RunRequests requests =
        new RunRequests(new RunControls(store, wallClock), this::run, this::tell);
    requests.ask(run, action, "operator", requestId, null);
  }

  private void tell(RunControl control) {
    RegistrarLoop running = loop;
    if (running != null) {
      running.asked(control);
    }
  }

  private void tell(AuditEntry entry) {
    RegistrarLoop running = loop;
    if (running != null) {
      running.done(entry);
    }
  }

  private Optional<RunView> run(String id) {
    RegistrarLoop running = loop;
    return running == null ? Optional.empty() : running.snapshot().run(id);
  }

  boolean hasEnded(String run) {
    return run(run).filter(view -> view.hasEnded() || view.published() != null).isPresent();
  }

  @Override
  public void crash() {
    loop = null;
    retrainings = null;
    stopping = false;
  }

  @Override
  public void askToStop() {
    stopping = true;
  }

  @Override
  public void jumpClock(Duration by) {
    wallClock.jump(by);
  }

  /** What is set aside for good needs a person. */
  @Override
  public boolean isIdle() {
    return !failed
        && loop != null
        && loop.snapshot().ready()
        && (retrainings == null
            || (retrainings.isSettled() && retrainings.quarantine().size() == 0))
        && loop.quarantine().entries(1_000).stream().allMatch(e -> e.nextTry() == null);
  }
}
