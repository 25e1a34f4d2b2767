package dev.diffstream.worker.data;

import org.jspecify.annotations.Nullable;

/**
 * The text of one record of a file, or why there is none.
 *
 * @param line where it begins, from 1
 * @param lines that it spans: after a stray double quote they may have been records of their own
 */
record RawRecord(long line, @Nullable String text, @Nullable String problem, long lines) {
  RawRecord(long line, @Nullable String text, @Nullable String problem) {
    this(line, text, problem, 1);
  }
}
