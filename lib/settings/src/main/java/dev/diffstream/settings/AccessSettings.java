package dev.diffstream.settings;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Who may ask a service: everybody who reaches it, or those who hold an API key.
 *
 * @param source where the keys are known from
 * @param poll how often the source is looked at; a revoked key works for so long at most
 */
public record AccessSettings(Source source, Duration poll) {
  private static final String KEYS = "diffstream.access.keys";
  private static final String UNAUTHENTICATED = "diffstream.allow-unauthenticated-network-access";

  /** Where keys are known from. */
  public sealed interface Source {
    /** No keys: everybody may do everything. */
    record None() implements Source {}

    /** The objects under {@code access/} in the bucket. */
    record Bucket() implements Source {}

    /** A file, for those who mount secrets. */
    record KeysFile(Path path) implements Source {}
  }

  /** Everybody may do everything. */
  public static final AccessSettings OPEN =
      new AccessSettings(new Source.None(), Duration.ofSeconds(1));

  /**
   * The settings of a service.
   *
   * @param hostKey the setting that says where it listens, and {@code host} its value
   * @throws BadSettingException if it would let everybody in from the network
   */
  public static AccessSettings from(Settings settings, String hostKey, String host) {
    AccessSettings access =
        new AccessSettings(
            source(
                settings.text(
                    KEYS,
                    "none",
                    "where API keys are known from: bucket, the path of a file, or none: everybody may do everything")),
            settings.duration(
                "diffstream.access.poll",
                Duration.ofMillis(500),
                "how often keys are looked at; a revoked key works for so long at most"));
    if (access.poll.isZero() || access.poll.isNegative()) {
      throw new BadSettingException(
          "diffstream.access.poll", "diffstream.access.poll must be longer than 0.");
    }
    boolean allowed =
        settings.flag(
            UNAUTHENTICATED,
            false,
            "whether a service without API keys may listen on an address that others reach");
    if (!access.isOn() && !allowed && !isLoopback(hostKey, host)) {
      throw new BadSettingException(
          hostKey,
          "%s (environment: %s): %s can be reached from other machines, and everybody who reaches the service may do everything. Set %s=bucket and make keys with `diffstream api-keys create`, or, where something else guards the network, set %s=true."
              .formatted(
                  hostKey,
                  Settings.environmentName(hostKey),
                  host,
                  Settings.environmentName(KEYS),
                  Settings.environmentName(UNAUTHENTICATED)));
    }
    return access;
  }

  private static Source source(String text) {
    return switch (text) {
      case "none" -> new Source.None();
      case "bucket" -> new Source.Bucket();
      default -> new Source.KeysFile(Path.of(text));
    };
  }

  private static boolean isLoopback(String key, String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new BadSettingException(key, key + ": no address has the name " + host + ".");
    }
  }

  /** Whether a key is needed. */
  public boolean isOn() {
    return !(source instanceof Source.None);
  }
}
