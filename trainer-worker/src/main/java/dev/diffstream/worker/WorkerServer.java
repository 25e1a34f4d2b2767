package dev.diffstream.worker;

import dev.diffstream.base.Base;
import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.base.BaseDescriptor;
import dev.diffstream.schemas.base.BaseDescriptor.ParameterShape;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.service.access.AccessControl;
import dev.diffstream.service.http.ErrorBody;
import dev.diffstream.service.http.Health;
import dev.diffstream.service.http.HealthSource;
import dev.diffstream.service.http.ServerProperties;
import dev.diffstream.settings.AccessSettings;
import dev.diffstream.worker.data.DataLocation;
import dev.diffstream.worker.data.DataSetReader;
import dev.diffstream.worker.learning.methods.LearningMethods;
import dev.diffstream.worker.run.Precedence;
import dev.diffstream.worker.run.RetryPolicy;
import dev.diffstream.worker.training.ProvisionalTrainer;
import dev.diffstream.worker.training.Trainer;
import dev.diffstream.worker.training.TrainingEnvironment;
import dev.diffstream.worker.training.TrainingEnvironmentBuilder;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import io.opentelemetry.api.OpenTelemetry;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The worker's parts, started in order and stopped in the opposite one. */
final class WorkerServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerServer.class);

  private final List<TaskLoop> loops;
  private final ApplicationContext context;
  private final EmbeddedServer http;

  private WorkerServer(List<TaskLoop> loops, ApplicationContext context, EmbeddedServer http) {
    this.loops = loops;
    this.context = context;
    this.http = http;
  }

  /** As the other, with a face for everybody. */
  static WorkerServer start(
      WorkerSettings settings,
      String bucket,
      Base base,
      Optional<Base> frozen,
      ComputeDevice device,
      ObjectStore store,
      EventLog log,
      OpenTelemetry telemetry) {
    AccessControl open =
        AccessControl.start("trainer-worker", AccessSettings.OPEN, store, record -> {});
    return start(settings, open, bucket, base, frozen, device, store, log, telemetry);
  }

  /**
   * @param access to metrics, and to the whole of health
   * @param base that runs learn on
   * @param frozen a second copy of it, for provisionals; empty: none are made
   */
  static WorkerServer start(
      WorkerSettings settings,
      AccessControl access,
      String bucket,
      Base base,
      Optional<Base> frozen,
      ComputeDevice device,
      ObjectStore store,
      EventLog log,
      OpenTelemetry telemetry) {
    CountDownLatch stopped = new CountDownLatch(1);
    RetryPolicy retry = new RetryPolicy(settings.patience(), stopped);
    Topics.Topic work = Topics.workTopic(base.digest());
    retry.run("making the topic " + work.name(), () -> log.ensureTopic(work));
    BaseDescriptor descriptor = descriptor(base);
    retry.run(
        "describing the base",
        () ->
            store.putIfAbsent(
                ObjectKeys.baseDescriptor(base.digest()), Json.write(descriptor), Map.of()));
    DataSetReader dataSets =
        new DataSetReader(
            store,
            new DataLocation(bucket, settings.allowedDataPrefixes()),
            settings.limits(),
            base.tensorInputs());
    TrainingEnvironment environment =
        TrainingEnvironmentBuilder.builder()
            .workerId(settings.id())
            .base(base)
            .device(device)
            .store(store)
            .log(log)
            .dataSets(dataSets)
            .methods(LearningMethods.all(settings.threads()))
            .checkpointInterval(settings.checkpointInterval())
            .signingKey(settings.signingKey())
            .trustedKeys(settings.trustedKeys())
            .maxDensity(settings.maxDensity())
            .retry(retry)
            .telemetry(telemetry)
            .precedence(new Precedence())
            .clock(InstantSource.system())
            .build();
    List<TaskLoop> loops = new ArrayList<>();
    loops.add(
        new TaskLoop(log, work.name(), Topics.WORKERS, Trainer.handler(environment), stopped));
    Optional<TrainingEnvironment> provisional = frozen.map(environment::overFrozen);
    provisional.ifPresent(
        over ->
            loops.add(
                new TaskLoop(
                    log,
                    work.name(),
                    Topics.PROVISIONAL_WORKERS,
                    ProvisionalTrainer.handler(over),
                    stopped)));
    HealthSource health = () -> health(loops, settings, base, device);
    ErrorBody errors = (code, message) -> Json.write(Map.of("error", code + ": " + message));
    ApplicationContext context =
        ApplicationContext.builder()
            .packages("dev.diffstream.worker")
            .properties(
                ServerProperties.of("diffstream-trainer-worker", settings.host(), settings.port()))
            .singletons(health, errors, access.policy())
            .start();
    loops.forEach(TaskLoop::start);
    provisional.ifPresent(WorkerServer::warmUp);
    return new WorkerServer(loops, context, context.getBean(EmbeddedServer.class).start());
  }

  /** Beside the loops: who has a task at hand waits for nothing. */
  private static void warmUp(TrainingEnvironment environment) {
    Thread.ofPlatform()
        .name("warm-up")
        .daemon()
        .start(
            () -> {
              try {
                ProvisionalTrainer.warmUp(environment);
              } catch (RuntimeException e) {
                LOG.info("not warmed up, so that the first provisional takes longer", e);
              }
            });
  }

  private static BaseDescriptor descriptor(Base base) {
    return new BaseDescriptor(
        base.name(),
        base.digest(),
        base.inputDigest(),
        base.parameters().stream().map(p -> new ParameterShape(p.name(), p.shape())).toList());
  }

  private static Health health(
      List<TaskLoop> loops, WorkerSettings settings, Base base, ComputeDevice device) {
    boolean live = loops.stream().allMatch(TaskLoop::makesProgress);
    return Health.of(
        live,
        live,
        Map.of(
            "status", live ? "UP" : "DOWN",
            "worker", settings.id(),
            "base", base.name(),
            "baseDigest", base.digest(),
            "device", device.name()));
  }

  int port() {
    return http.getPort();
  }

  @Override
  public void close() {
    loops.forEach(TaskLoop::close);
    http.stop();
    context.close();
  }
}
