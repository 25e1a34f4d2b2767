package dev.diffstream.worker.data;

import org.jspecify.annotations.Nullable;

/**
 * The text of one record of a file, or why there is none.
 *
 * @param line where it begins, from 1
 */
record RawRecord(long line, @Nullable String text, @Nullable String problem) {}
