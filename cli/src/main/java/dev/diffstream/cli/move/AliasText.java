package dev.diffstream.cli.move;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;

/** What an alias names, for people. */
final class AliasText {
  private AliasText() {}

  /** Such as {@code version 3} or {@code version 4 for 25 % of requests}. */
  static String of(JsonNode target) {
    if (!target.hasNonNull("version")) {
      return "none";
    }
    String version = "version " + target.path("version").asLong();
    return target.hasNonNull("weight")
        ? String.format(
            Locale.ROOT,
            "%s for %.4g %% of requests",
            version,
            100 * target.path("weight").asDouble())
        : version;
  }
}
