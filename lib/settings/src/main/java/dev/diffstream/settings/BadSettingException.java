package dev.diffstream.settings;

/**
 * A setting whose value cannot be used. The message names the key, the value unless it is a secret,
 * and what was expected, so that it can be shown to whoever set it as it is.
 */
public final class BadSettingException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String key;

  public BadSettingException(String key, String message) {
    super(message);
    this.key = key;
  }

  public String key() {
    return key;
  }

  static BadSettingException of(String key, String value, String expected) {
    return new BadSettingException(
        key, describe(key) + ": \"" + value + "\" is not " + expected + ".");
  }

  static BadSettingException missing(String key, String expected) {
    return new BadSettingException(key, describe(key) + " is not set; it needs " + expected + ".");
  }

  private static String describe(String key) {
    return key + " (environment: " + Settings.environmentName(key) + ")";
  }
}
