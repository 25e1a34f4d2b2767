package dev.diffstream.worker.data;

import org.jspecify.annotations.Nullable;

/**
 * One labelled example.
 *
 * @param label the name of a class; empty for regression
 * @param value the number to predict; 0 for classification
 */
public record Example(String text, @Nullable String textPair, String label, float value) {}
