package dev.diffstream.registry.console;

import java.util.regex.Pattern;

/** A command as a person types it into a shell. */
public final class ShellCommand {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._/:=@%+,-]+");

  private final StringBuilder text;

  private ShellCommand(String words) {
    this.text = new StringBuilder(words);
  }

  /**
   * @param words that need no quotes
   */
  public static ShellCommand of(String words) {
    return new ShellCommand(words);
  }

  /** One argument, quoted where a shell would read it otherwise. */
  public ShellCommand argument(String value) {
    text.append(' ').append(quoted(value));
    return this;
  }

  /** An option and its value; nothing where the value is null. */
  public ShellCommand option(String name, @org.jspecify.annotations.Nullable Object value) {
    if (value != null) {
      text.append(' ').append(name);
      argument(value.toString());
    }
    return this;
  }

  private static String quoted(String value) {
    return PLAIN.matcher(value).matches() ? value : "'" + value.replace("'", "'\\''") + "'";
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
