package dev.diffstream.worker.data;

import org.jspecify.annotations.Nullable;

/**
 * The text of one record of a file, or why there is none.
 *
 * @param line where it begins, from 1
 * @param lines that it spans: what stands behind a stray double quote cannot be told from records
 */
record RawRecord(long line, @Nullable String text, @Nullable String problem, long lines) {
  RawRecord(long line, @Nullable String text, @Nullable String problem) {
    this(line, text, problem, 1);
  }
}
