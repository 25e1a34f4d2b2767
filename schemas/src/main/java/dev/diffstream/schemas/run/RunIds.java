package dev.diffstream.schemas.run;

import dev.diffstream.schemas.Sha256;

/**
 * The name of a run, computed from what it runs: a task event that is delivered again gives the
 * same run, whoever takes it.
 */
public final class RunIds {
  private static final int DIGITS = 24;

  private RunIds() {}

  /** The run of the task event that CloudEvents {@code source} and {@code id} name. */
  public static String of(String source, String id) {
    return named(source + "\n" + id);
  }

  /**
   * The run of the record at a place: for an event whose name cannot be read, or whose name an
   * earlier record has already used.
   */
  public static String ofPlace(String topic, int partition, long offset) {
    return ofPlace(place(topic, partition, offset));
  }

  /** As {@link #ofPlace(String, int, long)}, of {@code topic/partition/offset}. */
  public static String ofPlace(String place) {
    return named("place\n" + place);
  }

  /** {@code topic/partition/offset}, as run reports say it. */
  public static String place(String topic, int partition, long offset) {
    return topic + "/" + partition + "/" + offset;
  }

  private static String named(String text) {
    return "run-" + Sha256.of(text).substring(0, DIGITS);
  }
}
