package dev.diffstream.schemas;

import java.util.regex.Pattern;

/**
 * The name of a task: {@code [a-z0-9][a-z0-9._-]{0,62}}. It stands in keys, URLs, topics and logs
 * as it is.
 */
public record TaskId(String value) {
  private static final Pattern FORM = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

  public TaskId {
    if (!isValid(value)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT,
          "task id must match " + FORM.pattern() + ", got: " + abbreviated(value));
    }
  }

  public static boolean isValid(String value) {
    return FORM.matcher(value).matches();
  }

  private static String abbreviated(String value) {
    return value.length() <= 80 ? value : value.substring(0, 80) + "…";
  }

  @Override
  public String toString() {
    return value;
  }
}
