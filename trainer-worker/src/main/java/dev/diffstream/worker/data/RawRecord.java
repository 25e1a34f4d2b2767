package dev.diffstream.worker.data;

import org.jspecify.annotations.Nullable;

/**
 * The text of one record of a file, or why there is none.
 *
 * @param line where it begins, from 1
 * @param spoiled lines that are unusable with it: what stands behind a stray double quote cannot be
 *     told from records; 0 for a usable one
 */
record RawRecord(long line, @Nullable String text, @Nullable String problem, long spoiled) {
  RawRecord(long line, @Nullable String text, @Nullable String problem) {
    this(line, text, problem, problem == null ? 0 : 1);
  }
}
