package dev.diffstream.registry.openlineage;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.lineage.RunAttempts;
import dev.diffstream.registry.outbound.TopicDelivery;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.Topics;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells one address of runs that begin, become a version, fail or are cancelled. */
public final class OpenLineageEvents implements AutoCloseable {
  private final List<TopicDelivery> deliveries = new ArrayList<>();
  private final @Nullable LineageEndpoint endpoint;

  private OpenLineageEvents(@Nullable LineageEndpoint endpoint) {
    this.endpoint = endpoint;
  }

  public static OpenLineageEvents start(
      EventLog log,
      ObjectStore store,
      VersionLog versions,
      OpenLineageSettings settings,
      InstantSource clock) {
    URI url = settings.url();
    if (url == null) {
      return new OpenLineageEvents(null);
    }
    LineageEndpoint endpoint = new LineageEndpoint(url, settings.apiKey());
    OpenLineageEvents telling = new OpenLineageEvents(endpoint);
    String group = "diffstream.openlineage." + Sha256.of(url.toString()).substring(0, 16);
    for (String topic : List.of(Topics.RUNS, Topics.ANNOUNCEMENTS)) {
      RunTelling receiver =
          new RunTelling(
              endpoint::send,
              new RunEvents(settings.namespace()),
              new RunAttempts(store),
              new StoredReports(store),
              versions,
              clock);
      TopicDelivery delivery = new TopicDelivery(log, topic, group, receiver);
      telling.deliveries.add(delivery);
      delivery.start();
    }
    return telling;
  }

  @Override
  public void close() {
    deliveries.forEach(TopicDelivery::close);
    if (endpoint != null) {
      endpoint.close();
    }
  }
}
