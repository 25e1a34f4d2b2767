package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.KafkaEventLog;
import dev.diffstream.eventlog.KafkaSettings;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.S3ObjectStore;
import dev.diffstream.objectstore.S3Settings;
import dev.diffstream.settings.BadSettingException;
import dev.diffstream.settings.Settings;
import dev.diffstream.telemetry.Telemetry;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The registry's process: settings, store, log, server; stopped by SIGTERM. */
public final class Main {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);

  /** Keys that a shared environment may hold for others. */
  private static final List<String> OTHERS =
      List.of("diffstream.home", "diffstream.worker", "diffstream.gateway", "diffstream.base");

  private Main() {}

  public static void main(String[] arguments) {
    try {
      start(Settings.fromEnvironment());
    } catch (BadSettingException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    } catch (RuntimeException e) {
      LOG.error("the registry cannot start", e);
      System.exit(1);
    }
  }

  private static void start(Settings settings) {
    KafkaSettings kafka = KafkaSettings.from(settings);
    S3Settings s3 = S3Settings.from(settings);
    RegistrySettings own = RegistrySettings.from(settings);
    settings.failOnUnknown(OTHERS);
    Telemetry telemetry = Telemetry.start("diffstream-registry");
    ObjectStore store = new S3ObjectStore(s3);
    EventLog log = new KafkaEventLog(kafka, own.id());
    RegistryServer server = RegistryServer.start(own, store, log, telemetry.openTelemetry());
    LOG.info("registry {} serves http://{}:{}", own.id(), own.host(), server.port());
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  LOG.info("stopping");
                  server.close();
                  log.close();
                  store.close();
                  telemetry.close();
                },
                "stop"));
  }
}
