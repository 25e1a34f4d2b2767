package dev.diffstream.gateway;

import dev.diffstream.base.Base;
import dev.diffstream.base.BaseChoice;
import dev.diffstream.base.engine.Compute;
import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.base.mixed.ComputeError;
import dev.diffstream.base.mixed.KernelPass;
import dev.diffstream.base.mixed.MixedPass;
import dev.diffstream.base.mixed.TensorPass;
import dev.diffstream.eventlog.KafkaEventLog;
import dev.diffstream.eventlog.KafkaSettings;
import dev.diffstream.eventlog.TopicSetup;
import dev.diffstream.gateway.model.Model;
import dev.diffstream.gateway.model.ModuleModel;
import dev.diffstream.gateway.model.Precision;
import dev.diffstream.gateway.model.TextModel;
import dev.diffstream.objectstore.S3ObjectStore;
import dev.diffstream.objectstore.S3Settings;
import dev.diffstream.schemas.diff.probe.ProbeSentences;
import dev.diffstream.service.http.HealthController;
import dev.diffstream.settings.AccessSettings;
import dev.diffstream.settings.ServiceMain;
import dev.diffstream.settings.Settings;
import dev.diffstream.telemetry.Telemetry;
import io.micronaut.openapi.annotation.OpenAPIInclude;
import io.swagger.v3.oas.annotations.OpenAPIDefinition;
import io.swagger.v3.oas.annotations.info.Info;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The gateway: settings, store, log, base, server. */
@OpenAPIDefinition(
    info =
        @Info(
            title = "diffstream gateway",
            version = "1",
            description = "Open Inference Protocol v2; a model is a task. Failures are {error}."))
@OpenAPIInclude(HealthController.class)
public final class Main {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);

  private Main() {}

  public static void main(String[] arguments) {
    ServiceMain.run("gateway", Main::start);
  }

  private static void start(Settings settings) {
    ServiceMain.requireModule("jdk.incubator.vector");
    KafkaSettings kafka = KafkaSettings.from(settings);
    S3Settings s3 = S3Settings.from(settings);
    GatewaySettings gateway = GatewaySettings.from(settings);
    AccessSettings access =
        AccessSettings.from(settings, "diffstream.gateway.host", gateway.listening().host());
    settings.failOnUnknown(
        List.of(
            "diffstream.home",
            "diffstream.api-key", // of the commands
            "diffstream.engine",
            "diffstream.gateway.url", // these two tell clients where a gateway is
            "diffstream.gateway.grpc-address",
            "diffstream.worker",
            "diffstream.registry"));
    LOG.info("signatures: {}", gateway.diffs().trustedKeys());
    // what the broker says is waited for while bases are read
    FutureTask<Boolean> topics = begun(() -> TopicSetup.checkTopicsAtStart(kafka));
    Telemetry telemetry = Telemetry.start("diffstream-gateway");
    S3ObjectStore store = new S3ObjectStore(s3);
    KafkaEventLog log = new KafkaEventLog(kafka, gateway.id());
    TensorEngine.useThreads(1); // texts are shared by threads above the engine
    List<Model> models = new ArrayList<>();
    for (String each : gateway.bases()) {
      Base base = BaseChoice.load(each, s3.bucket(), store::open);
      LOG.info("base {} ({})", base.name(), base.digest());
      models.add(model(base, gateway));
    }
    await(topics);
    giveHeapBack();
    GatewayServer server =
        GatewayServer.start(gateway, access, models, store, log, telemetry.openTelemetry());
    LOG.info(
        "gateway {} serves on {}, HTTP port {}, gRPC port {}",
        gateway.id(),
        gateway.listening().host(),
        server.port(),
        server.grpcPort() == GatewaySettings.NOT_SERVED ? "none" : server.grpcPort());
    ServiceMain.closeAtExit(server, log, store, telemetry);
  }

  /**
   * Reading a base leaves behind many times what stays of it on the heap, in a part of it that
   * would not be looked through again for hours.
   */
  private static void giveHeapBack() {
    System.gc();
  }

  private static FutureTask<Boolean> begun(Runnable check) {
    FutureTask<Boolean> task = new FutureTask<>(check, true);
    Thread.ofPlatform().name("check-topics").daemon().start(task);
    return task;
  }

  private static void await(FutureTask<Boolean> check) {
    try {
      check.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while it started", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    }
  }

  private static Model model(Base base, GatewaySettings settings) {
    int threads = settings.computing().threads();
    if (!base.readsText()) {
      TensorEngine.useThreads(threads);
      return new ModuleModel(base);
    }
    ComputeDevice device = settings.computeDevice();
    Compute compute = settings.compute(device);
    MixedPass pass =
        device.isGpu() ? new TensorPass(base, device) : new KernelPass(base, threads, compute);
    Precision precision = precision(base, pass, compute);
    LOG.info(
        "texts are computed on {} in {}, {} threads",
        device.name(),
        compute.text(),
        device.isGpu() ? 1 : threads);
    return new TextModel(base, pass, settings.computing().batchTokens(), precision);
  }

  private static Precision precision(Base base, MixedPass pass, Compute compute) {
    if (compute == Compute.FP32) {
      return Precision.FP32;
    }
    List<String> texts = ProbeSentences.V1.stream().map(ProbeSentences.Probe::text).toList();
    double error = ComputeError.of(base, pass, texts);
    LOG.info(
        "{} instead of fp32: features differ by up to {} of their root mean square",
        compute.text(),
        error);
    return new Precision(compute, error);
  }
}
