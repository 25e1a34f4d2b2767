package dev.diffstream.registry.webhook;

import dev.diffstream.settings.BadSettingException;
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
        addresses.add(address(part.strip()));
      }
    }
    return new WebhookSettings(addresses, secret);
  }

  private static URI address(String text) {
    try {
      URI address = URI.create(text);
      if (address.getHost() != null
          && ("http".equals(address.getScheme()) || "https".equals(address.getScheme()))) {
        return address;
      }
    } catch (IllegalArgumentException e) {
      // reported below
    }
    throw new BadSettingException(ADDRESSES, ADDRESSES + ": expected http addresses, got " + text);
  }

  @Override
  public String toString() {
    return addresses.toString();
  }
}
