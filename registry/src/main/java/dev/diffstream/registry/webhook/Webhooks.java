package dev.diffstream.registry.webhook;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.registry.outbound.TopicDelivery;
import dev.diffstream.schemas.Topics;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Tells every address of versions, moves, what was asked of runs, and runs that failed. */
public final class Webhooks implements AutoCloseable {
  private final List<TopicDelivery> deliveries = new ArrayList<>();

  private Webhooks() {}

  public static Webhooks start(EventLog log, WebhookSettings settings, InstantSource clock) {
    Webhooks webhooks = new Webhooks();
    for (URI address : settings.addresses()) {
      Webhook hook = new Webhook(address, settings.secret(), clock);
      for (String topic : List.of(Topics.AUDIT, Topics.RUNS)) {
        TopicDelivery delivery = new TopicDelivery(log, topic, hook.group(), hook);
        webhooks.deliveries.add(delivery);
        delivery.start();
      }
    }
    return webhooks;
  }

  @Override
  public void close() {
    deliveries.forEach(TopicDelivery::close);
  }
}
