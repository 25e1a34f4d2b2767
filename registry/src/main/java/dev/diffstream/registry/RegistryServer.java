package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import io.opentelemetry.api.OpenTelemetry;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/** The registry's parts, started in order and stopped in the opposite one. */
final class RegistryServer implements AutoCloseable {
  private final RegistrarLoop loop;
  private final ApplicationContext context;
  private final EmbeddedServer http;

  private RegistryServer(RegistrarLoop loop, ApplicationContext context, EmbeddedServer http) {
    this.loop = loop;
    this.context = context;
    this.http = http;
  }

  /** Serves HTTP at once; ready follows when bucket and topics have been read. */
  static RegistryServer start(
      RegistrySettings settings, ObjectStore store, EventLog log, OpenTelemetry telemetry) {
    RegistryCounters counters = new RegistryCounters();
    RegistrySpans spans = new RegistrySpans(telemetry);
    RegistrarLoop loop =
        new RegistrarLoop(
            () -> new Registrar(store, log, settings, counters, spans, InstantSource.system()),
            counters);
    RegistryView view = new RegistryView(loop::image, loop::alive, counters, store);
    ApplicationContext context =
        ApplicationContext.builder()
            .packages("dev.diffstream.registry")
            .properties(properties(settings))
            .singletons(view)
            .start();
    loop.start();
    EmbeddedServer http = context.getBean(EmbeddedServer.class).start();
    return new RegistryServer(loop, context, http);
  }

  private static Map<String, Object> properties(RegistrySettings settings) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("micronaut.application.name", "diffstream-registry");
    properties.put("micronaut.server.host", settings.host());
    properties.put("micronaut.server.port", settings.port() == 0 ? -1 : settings.port());
    return properties;
  }

  int port() {
    return http.getPort();
  }

  @Override
  public void close() {
    http.stop();
    loop.close();
    context.close();
  }
}
