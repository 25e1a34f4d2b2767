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
import dev.diffstream.service.http.ErrorBody;
import dev.diffstream.service.http.Health;
import dev.diffstream.service.http.HealthSource;
import dev.diffstream.service.http.ServerProperties;
import dev.diffstream.worker.data.DataLocation;
import dev.diffstream.worker.data.DataSetReader;
import dev.diffstream.worker.learning.methods.LearningMethods;
import dev.diffstream.worker.run.RetryPolicy;
import dev.diffstream.worker.run.TaskHandler;
import dev.diffstream.worker.training.Trainer;
import dev.diffstream.worker.training.TrainingEnvironmentBuilder;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import io.opentelemetry.api.OpenTelemetry;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** The worker's parts, started in order and stopped in the opposite one. */
final class WorkerServer implements AutoCloseable {
  private final TaskLoop loop;
  private final ApplicationContext context;
  private final EmbeddedServer http;

  private WorkerServer(TaskLoop loop, ApplicationContext context, EmbeddedServer http) {
    this.loop = loop;
    this.context = context;
    this.http = http;
  }

  static WorkerServer start(
      WorkerSettings settings,
      String bucket,
      Base base,
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
    TaskHandler handler =
        Trainer.handler(
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
                .clock(InstantSource.system())
                .build());
    TaskLoop loop = new TaskLoop(log, work.name(), handler, stopped);
    HealthSource health = () -> health(loop, settings, base, device);
    ErrorBody errors = (code, message) -> Json.write(Map.of("error", code + ": " + message));
    ApplicationContext context =
        ApplicationContext.builder()
            .packages("dev.diffstream.worker")
            .properties(
                ServerProperties.of("diffstream-trainer-worker", settings.host(), settings.port()))
            .singletons(health, errors)
            .start();
    loop.start();
    return new WorkerServer(loop, context, context.getBean(EmbeddedServer.class).start());
  }

  private static BaseDescriptor descriptor(Base base) {
    return new BaseDescriptor(
        base.name(),
        base.digest(),
        base.inputDigest(),
        base.parameters().stream().map(p -> new ParameterShape(p.name(), p.shape())).toList());
  }

  private static Health health(
      TaskLoop loop, WorkerSettings settings, Base base, ComputeDevice device) {
    boolean live = loop.makesProgress();
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
    loop.close();
    http.stop();
    context.close();
  }
}
