package dev.diffstream.registry.webhook;

import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.Sha256;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Consumer;

/** Tells one address what others want to hear of. */
final class Webhook implements Consumer<Received> {
  /** Older events are not told: an address that was just added does not hear of the past. */
  private static final Duration MAX_AGE = Duration.ofDays(1);

  private final URI address;
  private final WebhookCall call;
  private final InstantSource clock;

  Webhook(URI address, String secret, InstantSource clock) {
    this.address = address;
    this.call = new WebhookCall(address, secret);
    this.clock = clock;
  }

  /** The consumer group of the address. */
  String group() {
    return "diffstream.webhooks." + Sha256.of(address.toString()).substring(0, 16);
  }

  @Override
  public void accept(Received received) {
    Notice notice = Notice.of(received).orElse(null);
    if (notice != null && notice.time().plus(MAX_AGE).isAfter(clock.instant())) {
      call.send(notice);
    }
  }
}
