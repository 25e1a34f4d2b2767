package dev.diffstream.registry.webhook;

import dev.diffstream.registry.outbound.HttpAddress;
import dev.diffstream.settings.Settings;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * Who is told of events.
 *
 * @param addresses each is told of every event
 * @param secret signs what is sent; empty: nothing is signed
 */
public record WebhookSettings(List<URI> addresses, String secret) {
  private static final String ADDRESSES = "diffstream.registry.webhooks";

  public static final WebhookSettings NONE = new WebhookSettings(List.of(), "");

  public WebhookSettings {
    addresses = List.copyOf(addresses);
  }

  public static WebhookSettings from(Settings settings) {
    String text =
        settings.text(
            ADDRESSES,
            "",
            "http addresses, separated by commas, that are told of versions, moves and failures");
    String secret =
        settings.secret(
            "diffstream.registry.webhook-secret", "", "signs what is sent to the webhooks");
    List<URI> addresses = new ArrayList<>();
    for (String part : text.split(",")) {
      if (!part.isBlank()) {
        addresses.add(HttpAddress.parse(ADDRESSES, part.strip()));
      }
    }
    return new WebhookSettings(addresses, secret);
  }

  @Override
  public String toString() {
    return addresses.toString();
  }
}
