package dev.diffstream.benchmarks.data;

import org.jspecify.annotations.Nullable;

/** One line of a file: label, text and, for pairs, a second text. */
record LabelledText(String label, String text, @Nullable String textPair) {}
