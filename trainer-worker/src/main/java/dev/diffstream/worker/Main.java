package dev.diffstream.worker;

import dev.diffstream.base.Base;
import dev.diffstream.base.BaseChoice;
import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.eventlog.AccessAudit;
import dev.diffstream.eventlog.KafkaEventLog;
import dev.diffstream.eventlog.KafkaSettings;
import dev.diffstream.eventlog.TopicSetup;
import dev.diffstream.objectstore.S3ObjectStore;
import dev.diffstream.objectstore.S3Settings;
import dev.diffstream.service.access.AccessControl;
import dev.diffstream.settings.AccessSettings;
import dev.diffstream.settings.ServiceMain;
import dev.diffstream.settings.Settings;
import dev.diffstream.telemetry.Telemetry;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The trainer worker: settings, store, log, base, server. */
public final class Main {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);

  private Main() {}

  public static void main(String[] arguments) {
    ServiceMain.run("trainer worker", Main::start);
  }

  private static void start(Settings settings) {
    ServiceMain.requireModule("jdk.incubator.vector");
    KafkaSettings kafka = KafkaSettings.from(settings);
    S3Settings s3 = S3Settings.from(settings);
    WorkerSettings worker = WorkerSettings.from(settings);
    AccessSettings access = AccessSettings.from(settings, "diffstream.worker.host", worker.host());
    settings.failOnUnknown(
        List.of(
            "diffstream.home",
            "diffstream.api-key", // of the commands
            "diffstream.data-dir",
            "diffstream.engine",
            "diffstream.registry",
            "diffstream.gateway"));
    LOG.info(
        "signatures: {}",
        worker.signingKey() == null
            ? "no signing key is set, diffs are not signed"
            : worker.signingKey());
    TopicSetup.checkAtStart(kafka);
    Telemetry telemetry = Telemetry.start("diffstream-trainer-worker");
    TensorEngine.useThreads(worker.threads());
    ComputeDevice device = worker.computeDevice();
    S3ObjectStore store = new S3ObjectStore(s3);
    Base base = BaseChoice.load(worker.base(), s3.bucket(), store::open);
    Optional<Base> frozen =
        worker.makesProvisionals()
            ? Optional.of(BaseChoice.load(worker.base(), s3.bucket(), store::open))
            : Optional.empty();
    KafkaEventLog log = new KafkaEventLog(kafka, worker.id());
    AccessAudit audit =
        new AccessAudit(log, "/diffstream/worker/" + worker.id(), InstantSource.system());
    AccessControl control = AccessControl.start("trainer-worker", access, store, audit::send);
    WorkerServer server =
        WorkerServer.start(
            worker,
            control,
            s3.bucket(),
            base,
            frozen,
            device,
            store,
            log,
            telemetry.openTelemetry());
    LOG.info(
        "worker {} takes tasks for base {} ({}) and learns on {}; health on {}:{}",
        worker.id(),
        base.name(),
        base.digest(),
        device,
        worker.host(),
        server.port());
    ServiceMain.closeAtExit(server, control, log, store, telemetry);
  }
}
