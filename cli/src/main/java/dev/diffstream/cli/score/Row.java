package dev.diffstream.cli.score;

import org.jspecify.annotations.Nullable;

/**
 * A row of the input.
 *
 * @param original what the output repeats of it, in the form of its format
 * @param text null if it has none, and {@code fault} says why
 */
record Row<T>(
    T original, @Nullable String text, @Nullable String textPair, @Nullable String fault) {
  static <T> Row<T> of(T original, String text, @Nullable String textPair) {
    return new Row<>(original, text, textPair, null);
  }

  /** A row that cannot be asked about; it has its place in the output all the same. */
  static <T> Row<T> faulty(T original, String fault) {
    return new Row<>(original, null, null, fault);
  }
}
