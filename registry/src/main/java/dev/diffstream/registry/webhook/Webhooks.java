package dev.diffstream.registry.webhook;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.schemas.Topics;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Tells every address of versions, moves, what was asked of runs, and runs that failed. */
public final class Webhooks implements AutoCloseable {
  private final List<Webhook> hooks = new ArrayList<>();

  private Webhooks() {}

  public static Webhooks start(EventLog log, WebhookSettings settings, InstantSource clock) {
    Webhooks webhooks = new Webhooks();
    for (URI address : settings.addresses()) {
      for (String topic : List.of(Topics.AUDIT, Topics.RUNS)) {
        Webhook hook = new Webhook(log, topic, address, settings.secret(), clock);
        webhooks.hooks.add(hook);
        hook.start();
      }
    }
    return webhooks;
  }

  @Override
  public void close() {
    hooks.forEach(Webhook::close);
  }
}
