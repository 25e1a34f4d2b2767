package dev.diffstream.gateway;

import static java.util.stream.Collectors.joining;

import dev.diffstream.eventlog.AccessAudit;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.gateway.announcement.AnnouncementFollower;
import dev.diffstream.gateway.announcement.DiffLoader;
import dev.diffstream.gateway.announcement.DiffPreparer;
import dev.diffstream.gateway.announcement.FollowerLoop;
import dev.diffstream.gateway.announcement.Loading;
import dev.diffstream.gateway.announcement.ServedTimes;
import dev.diffstream.gateway.batching.ByteBudget;
import dev.diffstream.gateway.cache.DiffCache;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.catalog.VersionHealth;
import dev.diffstream.gateway.certificate.CertificateCounts;
import dev.diffstream.gateway.certificate.CertificateLane;
import dev.diffstream.gateway.confidence.Confidences;
import dev.diffstream.gateway.face.GatewayView;
import dev.diffstream.gateway.face.InferHandler;
import dev.diffstream.gateway.face.OipExtensions;
import dev.diffstream.gateway.face.PredictHandler;
import dev.diffstream.gateway.face.RequestLimits;
import dev.diffstream.gateway.face.ServedBase;
import dev.diffstream.gateway.face.ServedBases;
import dev.diffstream.gateway.grpc.GrpcServer;
import dev.diffstream.gateway.inference.InferenceThread;
import dev.diffstream.gateway.inference.ModelPreparer;
import dev.diffstream.gateway.memory.DiffMemory;
import dev.diffstream.gateway.model.Model;
import dev.diffstream.gateway.protocol.OipBodies;
import dev.diffstream.gateway.residency.ResidencySender;
import dev.diffstream.gateway.telemetry.GatewaySpans;
import dev.diffstream.gateway.telemetry.InferenceMeters;
import dev.diffstream.gateway.telemetry.MemoryMeters;
import dev.diffstream.gateway.telemetry.ResidencyMeters;
import dev.diffstream.gateway.topic.RequestLoop;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.service.access.AccessControl;
import dev.diffstream.service.http.ErrorBody;
import dev.diffstream.service.http.Health;
import dev.diffstream.service.http.HealthSource;
import dev.diffstream.settings.AccessSettings;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.graceful.GracefulShutdownManager;
import io.micronaut.runtime.server.EmbeddedServer;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The gateway's parts, started in order and stopped in the opposite one. */
final class GatewayServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GatewayServer.class);

  /** Whoever stops a service kills it after ten seconds. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final List<InferenceThread> inference;
  private final FollowerLoop loop;
  private final List<ExecutorService> loaders;
  private final ApplicationContext context;
  private final EmbeddedServer http;
  private final @Nullable GrpcServer grpc;
  private final @Nullable RequestLoop requests;
  private final Draining draining;
  private final AccessControl access;

  /** How a stop begins. */
  private record Draining(AtomicBoolean begun, Duration delay) {
    void begin() throws InterruptedException {
      begun.set(true);
      Thread.sleep(delay);
    }
  }

  private GatewayServer(
      List<InferenceThread> inference,
      FollowerLoop loop,
      List<ExecutorService> loaders,
      ApplicationContext context,
      EmbeddedServer http,
      @Nullable GrpcServer grpc,
      @Nullable RequestLoop requests,
      Draining draining,
      AccessControl access) {
    this.inference = inference;
    this.loop = loop;
    this.loaders = loaders;
    this.context = context;
    this.http = http;
    this.grpc = grpc;
    this.requests = requests;
    this.draining = draining;
    this.access = access;
  }

  static GatewayServer start(
      GatewaySettings settings,
      Model model,
      ObjectStore store,
      EventLog log,
      OpenTelemetry telemetry) {
    return start(settings, AccessSettings.OPEN, List.of(model), store, log, telemetry);
  }

  static GatewayServer start(
      GatewaySettings settings,
      List<Model> models,
      ObjectStore store,
      EventLog log,
      OpenTelemetry telemetry) {
    return start(settings, AccessSettings.OPEN, models, store, log, telemetry);
  }

  /**
   * Serves HTTP and gRPC at once; ready follows when everything that can be loaded was.
   *
   * @param models over different bases
   */
  static GatewayServer start(
      GatewaySettings settings,
      AccessSettings accessSettings,
      List<Model> models,
      ObjectStore store,
      EventLog log,
      OpenTelemetry telemetry) {
    InstantSource clock = InstantSource.system();
    List<DiffPreparer> preparers = new ArrayList<>();
    List<ServedBase> bases = new ArrayList<>();
    for (Model model : models) {
      InferenceThread thread = new InferenceThread(model, settings.limits().queueBound());
      preparers.add(new ModelPreparer(model, thread));
      bases.add(ServedBase.of(model, thread));
    }
    DiffStorage diffs = DiffStorage.of(settings, clock);
    DiffLoader loader =
        new DiffLoader(
            store,
            diffs.cache(),
            preparers,
            settings.diffs().maxBytes(),
            settings.diffs().trustedKeys(),
            diffs.memory());
    FollowerLoop loop = follow(settings, log, loader, diffs, telemetry, clock);
    Draining draining = new Draining(new AtomicBoolean(), settings.listening().drainDelay());
    List<BooleanSupplier> progress = new CopyOnWriteArrayList<>(List.of(loop::makesProgress));
    AccessAudit audit = new AccessAudit(log, "/diffstream/gateway/" + settings.id(), clock);
    AccessControl access = AccessControl.start("gateway", accessSettings, store, audit::send);
    progress.add(access::makesProgress);
    GatewayView view = view(settings, new ServedBases(bases), diffs, loop, progress, draining);
    ByteBudget budget = new ByteBudget(settings.limits().waitingBytes());
    ApplicationContext context =
        context(settings, view, new GatewaySpans(telemetry), budget, access);
    MeterRegistry meters = context.getBean(MeterRegistry.class);
    ResidencyMeters.bind(meters, loop::catalog, view::ready, diffs.cache(), diffs.times());
    ResidencyMeters.bind(meters, diffs.certificates().counts());
    MemoryMeters.bind(meters, diffs.memory(), loop::catalog);
    InferenceMeters.bind(meters, budget);
    List<InferenceThread> inference = bases.stream().map(ServedBase::inference).toList();
    bases.forEach(base -> InferenceMeters.bind(meters, base.name(), base.inference()));
    inference.forEach(InferenceThread::start);
    loop.start();
    EmbeddedServer http = context.getBean(EmbeddedServer.class).start();
    GrpcServer grpc = grpc(settings, view, context, budget, access);
    RequestLoop requests = requests(settings, log, view, context, clock);
    if (requests != null) {
      progress.add(requests::makesProgress);
    }
    return new GatewayServer(
        inference,
        loop,
        List.of(diffs.loaders(), diffs.certifying()),
        context,
        http,
        grpc,
        requests,
        draining,
        access);
  }

  /** Where diffs are kept, what loads them, and how they serve. */
  private record DiffStorage(
      DiffCache cache,
      DiffMemory memory,
      ExecutorService loaders,
      ServedTimes times,
      VersionHealth health,
      Confidences confidences,
      ExecutorService certifying,
      CertificateLane certificates) {
    static DiffStorage of(GatewaySettings settings, InstantSource clock) {
      ResidencySettings residency = settings.residency();
      ExecutorService certifying = threads("certificates-", 1);
      return new DiffStorage(
          residency.openCache(clock),
          residency.memory(),
          threads("loader-", residency.loaders()),
          new ServedTimes(clock),
          new VersionHealth(settings.diffs().maxFaultPercent() / 100.0, clock),
          new Confidences(clock),
          certifying,
          new CertificateLane(certifying, new CertificateCounts()));
    }

    /** They hold no process up: what they load may take as long as the store lets it. */
    private static ExecutorService threads(String name, int count) {
      return Executors.newFixedThreadPool(
          count, Thread.ofPlatform().name(name, 1).daemon().factory());
    }
  }

  private static FollowerLoop follow(
      GatewaySettings settings,
      EventLog log,
      DiffLoader loader,
      DiffStorage diffs,
      OpenTelemetry telemetry,
      InstantSource clock) {
    Loading loading =
        new Loading(
            diffs.loaders(),
            settings.residency().previousBytes(),
            diffs.times(),
            diffs.health(),
            diffs.confidences(),
            diffs.certificates());
    String incarnation = clock.instant() + "/" + ProcessHandle.current().pid();
    ResidencySender sender = new ResidencySender(log, settings.id(), incarnation, clock);
    return new FollowerLoop(
        () -> new AnnouncementFollower(log, loader, sender, telemetry, clock, loading));
  }

  private static GatewayView view(
      GatewaySettings settings,
      ServedBases bases,
      DiffStorage diffs,
      FollowerLoop loop,
      List<BooleanSupplier> progress,
      Draining draining) {
    return new GatewayView(
        loop::catalog,
        loop::quarantine,
        diffs.health(),
        diffs.confidences(),
        () -> progress.stream().allMatch(BooleanSupplier::getAsBoolean),
        draining.begun()::get,
        new RequestLimits(settings.limits().maxTexts(), settings.limits().maxRequestBytes()),
        bases,
        loop::owner);
  }

  private static ApplicationContext context(
      GatewaySettings settings,
      GatewayView view,
      GatewaySpans spans,
      ByteBudget budget,
      AccessControl access) {
    HealthSource health = () -> health(view, access);
    ErrorBody errors = (code, message) -> Json.write(new OipBodies.Failure(code + ": " + message));
    return ApplicationContext.builder()
        .packages("dev.diffstream.gateway")
        .properties(settings.serverProperties())
        .singletons(view, spans, health, errors, budget, access.policy())
        .start();
  }

  private static @Nullable GrpcServer grpc(
      GatewaySettings settings,
      GatewayView view,
      ApplicationContext context,
      ByteBudget budget,
      AccessControl access) {
    return settings.listening().grpcPort() == GatewaySettings.NOT_SERVED
        ? null
        : GrpcServer.start(
            settings.listening().host(),
            settings.listening().grpcPort(),
            view,
            context.getBean(InferHandler.class),
            context.getBean(OipExtensions.class),
            budget,
            access.policy());
  }

  private static @Nullable RequestLoop requests(
      GatewaySettings settings,
      EventLog log,
      GatewayView view,
      ApplicationContext context,
      InstantSource clock) {
    if (!settings.listening().topic()) {
      return null;
    }
    PredictHandler handler = context.getBean(PredictHandler.class);
    RequestLoop loop = new RequestLoop(log, handler, settings.id(), clock, view::ready);
    loop.start();
    return loop;
  }

  private static Health health(GatewayView view, AccessControl access) {
    ServingCatalog catalog = view.catalog().get();
    return Health.of(
        view.live(),
        view.ready() && access.ready(),
        view.quarantine().get(),
        Map.of(
            "resident", catalog.resident().size(),
            "failed", catalog.failed().size(),
            "elsewhere", catalog.elsewhere().size(),
            "baseDigest",
                view.bases().all().stream().map(ServedBase::digest).collect(joining(" "))));
  }

  int port() {
    return http.getPort();
  }

  ApplicationContext context() {
    return context;
  }

  /** Where gRPC is served; {@link GatewaySettings#NO_GRPC} if it is not. */
  int grpcPort() {
    return grpc == null ? GatewaySettings.NOT_SERVED : grpc.port();
  }

  /**
   * Says that it is not ready, and goes on for the drain delay; then takes no more connections and
   * lets the requests that have come finish, for a while. More of them on HTTP connections that
   * stand are answered too.
   */
  @Override
  public void close() {
    try {
      draining.begin();
      long end = System.nanoTime() + GRACE.toNanos();
      if (grpc != null) {
        grpc.drain();
      }
      drainHttp(end);
      if (grpc != null) {
        grpc.awaitDrained(Duration.ofNanos(end - System.nanoTime()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (grpc != null) {
      grpc.close();
    }
    if (requests != null) {
      requests.close();
    }
    http.stop();
    access.close();
    loop.close();
    loaders.forEach(ExecutorService::shutdownNow);
    inference.forEach(InferenceThread::close);
    context.close();
  }

  /**
   * @param end by the clock of {@link System#nanoTime}
   */
  private void drainHttp(long end) throws InterruptedException {
    try {
      context
          .getBean(GracefulShutdownManager.class)
          .shutdownGracefully()
          .toCompletableFuture()
          .get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      LOG.warn("requests were still being answered after {}", GRACE);
    } catch (ExecutionException e) {
      LOG.warn("letting requests finish failed", e.getCause());
    }
  }
}
