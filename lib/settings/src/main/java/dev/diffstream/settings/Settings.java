package dev.diffstream.settings;

import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one process. A getter also declares its key, so the same code that reads the
 * settings produces their help and finds misspelled ones; read all of them before {@link
 * #failOnUnknown}. Values are trimmed, and an empty value counts as not set.
 *
 * <p>Thread-safe.
 */
public final class Settings {
  /** The start of every key. */
  public static final String PREFIX = "diffstream.";

  private static final String ENVIRONMENT_PREFIX = "DIFFSTREAM_";

  private final Map<String, String> byKey;
  private final Map<String, String> byEnvironmentName;
  private final Map<String, Declared> declared = new LinkedHashMap<>();

  private Settings(Map<String, String> byKey, Map<String, String> byEnvironmentName) {
    this.byKey = Map.copyOf(byKey);
    this.byEnvironmentName = Map.copyOf(byEnvironmentName);
  }

  /** One setting as help shows it; {@code defaultValue} is empty where there is none. */
  public record Declared(String key, String environmentName, String defaultValue, String doc) {}

  /** Settings from {@code values} alone, whose names are keys such as {@code diffstream.x.y}. */
  public static Settings of(Map<String, String> values) {
    return new Settings(values, Map.of());
  }

  /** System properties, and where a key has none, environment variables. */
  public static Settings fromEnvironment() {
    return from(System.getProperties(), System.getenv());
  }

  static Settings from(Properties properties, Map<String, String> environment) {
    Map<String, String> own = new TreeMap<>();
    for (String name : properties.stringPropertyNames()) {
      if (name.startsWith(PREFIX)) {
        own.put(name, properties.getProperty(name));
      }
    }
    Map<String, String> variables = new TreeMap<>(environment);
    variables.keySet().removeIf(name -> !name.startsWith(ENVIRONMENT_PREFIX));
    return new Settings(own, variables);
  }

  /** {@code diffstream.kafka.bootstrap-servers}: {@code DIFFSTREAM_KAFKA_BOOTSTRAP_SERVERS}. */
  public static String environmentName(String key) {
    return key.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
  }

  public String text(String key, String defaultValue, String doc) {
    declare(key, defaultValue, doc);
    String value = value(key);
    return value == null ? defaultValue : value;
  }

  /** The value, or null where it is not set. */
  public @Nullable String optionalText(String key, String doc) {
    declare(key, "", doc);
    return value(key);
  }

  /** A text without a default; not set is a bad setting. */
  public String requiredText(String key, String doc) {
    declare(key, "", doc);
    String value = value(key);
    if (value == null) {
      throw BadSettingException.missing(key, "a value: " + doc);
    }
    return value;
  }

  public int integer(String key, int defaultValue, int min, int max, String doc) {
    declare(key, Integer.toString(defaultValue), doc);
    return parsed(
        key,
        defaultValue,
        text -> wholeNumber(text).filter(value -> value >= min && value <= max),
        "a whole number from " + min + " to " + max);
  }

  public Duration duration(String key, Duration defaultValue, String doc) {
    declare(key, written(defaultValue), doc);
    return parsed(
        key, defaultValue, SettingText::duration, "a duration such as 500ms, 10s, 2m or PT10S");
  }

  /** A size in bytes; {@code defaultValue} in the written form, such as {@code 64MiB}. */
  public long bytes(String key, String defaultValue, String doc) {
    declare(key, defaultValue, doc);
    long fallback =
        SettingText.bytes(defaultValue)
            .orElseThrow(() -> new IllegalArgumentException("not a size: " + defaultValue));
    return parsed(key, fallback, SettingText::bytes, "a size such as 512KiB, 64MiB or 1GiB");
  }

  public boolean flag(String key, boolean defaultValue, String doc) {
    declare(key, Boolean.toString(defaultValue), doc);
    return parsed(key, defaultValue, Settings::yesOrNo, "true or false");
  }

  /** A text that no message, and no help, repeats; a null default makes it required. */
  public String secret(String key, @Nullable String defaultValue, String doc) {
    declare(key, defaultValue == null ? "" : "(hidden)", doc);
    String value = value(key);
    if (value != null) {
      return value;
    }
    if (defaultValue == null) {
      throw BadSettingException.missing(key, "a secret: " + doc);
    }
    return defaultValue;
  }

  /** Every setting read so far, in the order of its first reading. */
  public List<Declared> declared() {
    synchronized (declared) {
      return List.copyOf(declared.values());
    }
  }

  /** {@link #failOnUnknown(Collection)} with nothing ignored. */
  public void failOnUnknown() {
    failOnUnknown(Set.of());
  }

  /**
   * Refuses keys under {@value #PREFIX} that nothing has read.
   *
   * @param ignored keys that launchers and tests own; the keys below them are ignored too
   */
  public void failOnUnknown(Collection<String> ignored) {
    TreeSet<String> unknown = new TreeSet<>();
    for (String key : byKey.keySet()) {
      if (key.startsWith(PREFIX) && !isDeclared(key) && !startsWithOne(key, ignored, ".")) {
        unknown.add(key);
      }
    }
    Set<String> known = new TreeSet<>();
    declared().forEach(setting -> known.add(setting.environmentName()));
    List<String> ignoredNames = ignored.stream().map(Settings::environmentName).toList();
    for (String name : byEnvironmentName.keySet()) {
      if (!known.contains(name) && !startsWithOne(name, ignoredNames, "_")) {
        unknown.add(name);
      }
    }
    if (!unknown.isEmpty()) {
      String names = String.join(", ", unknown);
      throw new BadSettingException(
          unknown.first(), "No setting has this name: " + names + ". --help lists all settings.");
    }
  }

  private boolean isDeclared(String key) {
    synchronized (declared) {
      return declared.containsKey(key);
    }
  }

  private static boolean startsWithOne(String name, Collection<String> starts, String separator) {
    return starts.stream()
        .anyMatch(start -> name.equals(start) || name.startsWith(start + separator));
  }

  private void declare(String key, String defaultValue, String doc) {
    if (!key.startsWith(PREFIX)) {
      throw new IllegalArgumentException("a key starts with " + PREFIX + ", not: " + key);
    }
    synchronized (declared) {
      declared.putIfAbsent(key, new Declared(key, environmentName(key), defaultValue, doc));
    }
  }

  private @Nullable String value(String key) {
    String value = byKey.get(key);
    if (value == null || value.isBlank()) {
      value = byEnvironmentName.get(environmentName(key));
    }
    return value == null || value.isBlank() ? null : value.strip();
  }

  private <T> T parsed(
      String key, T defaultValue, Function<String, Optional<T>> parser, String expected) {
    String text = value(key);
    if (text == null) {
      return defaultValue;
    }
    return parser.apply(text).orElseThrow(() -> BadSettingException.of(key, text, expected));
  }

  private static Optional<Integer> wholeNumber(String text) {
    try {
      return Optional.of(Integer.valueOf(text));
    } catch (NumberFormatException notANumber) {
      return Optional.empty();
    }
  }

  private static Optional<Boolean> yesOrNo(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true" -> Optional.of(true);
      case "false" -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  private static String written(Duration value) {
    long millis = value.toMillis();
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }
}
