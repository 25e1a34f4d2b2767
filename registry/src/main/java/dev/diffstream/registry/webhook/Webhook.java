package dev.diffstream.registry.webhook;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.EventLog.Subscription;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.service.Backoff;
import dev.diffstream.service.OwnerThread;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells one address what stands on one topic, in order and at least once: all registries share the
 * work, and what an address did not take comes again. A thread of its own, so that an address which
 * does not answer holds back nobody else.
 */
final class Webhook implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Webhook.class);
  private static final Duration WAIT = Duration.ofSeconds(1);

  /** Older events are not told: an address that was just added does not hear of the past. */
  private static final Duration MAX_AGE = Duration.ofDays(1);

  private final EventLog log;
  private final String topic;
  private final String group;
  private final URI address;
  private final WebhookCall call;
  private final InstantSource clock;
  private final Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(5));
  private final OwnerThread thread;
  private @Nullable Subscription subscription;

  Webhook(EventLog log, String topic, URI address, String secret, InstantSource clock) {
    this.log = log;
    this.topic = topic;
    this.group = "diffstream.webhooks." + Sha256.of(address.toString()).substring(0, 16);
    this.address = address;
    this.call = new WebhookCall(address, secret);
    this.clock = clock;
    this.thread = new OwnerThread("webhook-" + topic, this::turn, this::leave);
  }

  void start() {
    thread.start();
  }

  private void turn() {
    try {
      Subscription joined = subscription;
      if (joined == null) {
        joined = log.subscribe(topic, group);
        subscription = joined;
      }
      for (Received received : joined.poll(WAIT)) {
        Notice notice = Notice.of(received).orElse(null);
        if (notice != null && notice.time().plus(MAX_AGE).isAfter(clock.instant())) {
          call.send(notice);
        }
      }
      joined.commit();
      backoff.reset();
    } catch (DiffstreamException e) {
      Duration pause = backoff.next();
      LOG.warn("{} is told again in {} s: {}", address, pause.toSeconds(), e.getMessage());
      leave();
      thread.pause(pause);
    }
  }

  private void leave() {
    Subscription joined = subscription;
    subscription = null;
    if (joined != null) {
      joined.close();
    }
  }

  @Override
  public void close() {
    thread.close();
  }
}
