package dev.diffstream.cli.access;

import dev.diffstream.cli.display.ForeignText;
import dev.diffstream.schemas.access.ApiKey;

/** A key in one line, without anything that opens a door. */
final class KeyText {
  private KeyText() {}

  static String of(ApiKey key) {
    return "%s  %s  %s  %s  %s"
        .formatted(
            key.id(),
            ForeignText.line(key.name()),
            ForeignText.line(String.join(",", key.roles())),
            key.tenant() == null ? "all tenants" : "tenant " + ForeignText.line(key.tenant()),
            key.expires() == null ? "no expiry" : "until " + key.expires());
  }
}
