package dev.diffstream.registry;

import dev.diffstream.eventlog.KafkaEventLog;
import dev.diffstream.eventlog.KafkaSettings;
import dev.diffstream.eventlog.TopicSetup;
import dev.diffstream.objectstore.S3ObjectStore;
import dev.diffstream.objectstore.S3Settings;
import dev.diffstream.service.http.HealthController;
import dev.diffstream.settings.AccessSettings;
import dev.diffstream.settings.ServiceMain;
import dev.diffstream.settings.Settings;
import dev.diffstream.telemetry.Telemetry;
import io.micronaut.openapi.annotation.OpenAPIInclude;
import io.swagger.v3.oas.annotations.OpenAPIDefinition;
import io.swagger.v3.oas.annotations.info.Info;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The registry: settings, store, log, server. */
@OpenAPIDefinition(
    info =
        @Info(
            title = "diffstream registry",
            version = "1",
            description = "Tasks, their versions and runs. Failures are {error: {code, message}}."))
@OpenAPIInclude(HealthController.class)
public final class Main {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);

  private Main() {}

  /**
   * @param arguments none to serve; {@code rebuild}, and {@code --dry-run} behind it
   */
  public static void main(String[] arguments) {
    if (arguments.length > 0 && arguments[0].equals("rebuild")) {
      RebuildMain.run(List.of(arguments).subList(1, arguments.length));
    } else {
      ServiceMain.run("registry", Main::start);
    }
  }

  private static void start(Settings settings) {
    KafkaSettings kafka = KafkaSettings.from(settings);
    S3Settings s3 = S3Settings.from(settings);
    RegistrySettings registry = RegistrySettings.from(settings);
    AccessSettings access =
        AccessSettings.from(settings, "diffstream.registry.host", registry.host());
    settings.failOnUnknown(
        List.of(
            "diffstream.home",
            "diffstream.api-key", // of the commands
            "diffstream.data-dir",
            "diffstream.base",
            "diffstream.worker",
            "diffstream.gateway"));
    LOG.info("signatures: {}", registry.trustedKeys());
    TopicSetup.checkTopicsAtStart(kafka);
    Telemetry telemetry = Telemetry.start("diffstream-registry");
    S3ObjectStore store = new S3ObjectStore(s3);
    KafkaEventLog log = new KafkaEventLog(kafka, registry.id());
    RegistryServer server =
        RegistryServer.start(registry, access, store, log, telemetry.openTelemetry());
    LOG.info("registry {} serves {}:{}", registry.id(), registry.host(), server.port());
    ServiceMain.closeAtExit(server, log, store, telemetry);
  }
}
