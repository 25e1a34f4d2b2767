package dev.diffstream.registry;

import dev.diffstream.settings.BadSettingException;
import dev.diffstream.settings.Settings;

/**
 * The registry's own settings.
 *
 * @param id names this registry in the source of its events
 * @param port 0: any free one
 * @param maxDiffBytes larger diff files are refused
 * @param maxDensity no diff may change a larger share of its base
 */
record RegistrySettings(String id, String host, int port, long maxDiffBytes, double maxDensity) {
  private static final String MAX_DENSITY = "diffstream.registry.max-density";

  static RegistrySettings from(Settings settings) {
    return new RegistrySettings(
        settings.text("diffstream.registry.id", "registry-1", "names this registry in its events"),
        settings.text("diffstream.registry.host", "127.0.0.1", "address to listen on"),
        settings.integer("diffstream.registry.port", 8081, 0, 65_535, "0 takes any free port"),
        settings.bytes("diffstream.registry.max-diff-bytes", "256MiB", "larger diffs are refused"),
        density(settings));
  }

  private static double density(Settings settings) {
    String text =
        settings.text(MAX_DENSITY, "0.05", "largest share of its base that a diff may change");
    try {
      double density = Double.parseDouble(text);
      if (density > 0 && density <= 1) {
        return density;
      }
    } catch (NumberFormatException e) {
      // reported below, with what was expected
    }
    throw new BadSettingException(
        MAX_DENSITY, MAX_DENSITY + ": \"" + text + "\" is not a share above 0 and up to 1.");
  }
}
