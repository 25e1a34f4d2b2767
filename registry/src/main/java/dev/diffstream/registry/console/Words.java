package dev.diffstream.registry.console;

import dev.diffstream.schemas.registry.AliasTarget;
import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Values as the console spells them. */
public final class Words {
  private Words() {}

  /** To the second, in UTC. */
  public static String time(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** Such as {@code 3 min ago}. */
  public static String ago(Instant time, Instant now) {
    Duration since = Duration.between(time, now);
    return since.getSeconds() < 1 ? "now" : duration(since) + " ago";
  }

  /** In its largest unit. */
  public static String duration(Duration duration) {
    long seconds = Math.abs(duration.toSeconds());
    if (seconds < 90) {
      return seconds + " s";
    }
    if (seconds < 5_400) {
      return seconds / 60 + " min";
    }
    return seconds < 172_800 ? seconds / 3_600 + " h" : seconds / 86_400 + " days";
  }

  public static String alias(@Nullable AliasTarget target) {
    if (target == null) {
      return "none";
    }
    String version = "version " + target.version();
    return target.weight() == null
        ? version
        : version + " for " + number(100 * target.weight()) + " % of requests";
  }

  /** Each metric with its interval, where it has one. */
  public static List<String> metrics(@Nullable Map<String, Double> metrics) {
    List<String> texts = new ArrayList<>();
    Map<String, Double> sorted = new TreeMap<>(metrics == null ? Map.of() : metrics);
    sorted.forEach(
        (name, value) -> {
          if (!isBound(name, sorted)) {
            texts.add(name + " " + metric(name, sorted));
          }
        });
    return texts;
  }

  /** A metric with its interval; empty where it lacks. */
  public static String metric(String name, Map<String, Double> metrics) {
    Double value = metrics.get(name);
    if (value == null) {
      return "";
    }
    Double low = metrics.get(name + "Low");
    Double high = metrics.get(name + "High");
    return low == null || high == null
        ? number(value)
        : number(value) + " [" + number(low) + ", " + number(high) + "]";
  }

  /** To four digits. */
  public static String number(double value) {
    return Double.isFinite(value)
        ? new BigDecimal(value, new MathContext(4)).stripTrailingZeros().toPlainString()
        : Double.toString(value);
  }

  private static boolean isBound(String name, Map<String, Double> metrics) {
    return bounds(name, "Low", metrics) || bounds(name, "High", metrics);
  }

  private static boolean bounds(String name, String suffix, Map<String, Double> metrics) {
    return name.endsWith(suffix)
        && metrics.containsKey(name.substring(0, name.length() - suffix.length()));
  }

  public static String bytes(long bytes) {
    return bytes < 10_240
        ? bytes + " B"
        : bytes < 10_485_760
            ? bytes / 1_024 + " KiB"
            : String.format(Locale.ROOT, "%.1f MiB", bytes / 1_048_576.0);
  }
}
