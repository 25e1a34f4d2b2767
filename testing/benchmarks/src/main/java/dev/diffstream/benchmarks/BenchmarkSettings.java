package dev.diffstream.benchmarks;

import java.util.Map;

/**
 * What the scores of one report have in common.
 *
 * @param trainRows at most so many of each task
 * @param density that every diff may have
 * @param methodSettings for every method, over its own
 */
public record BenchmarkSettings(
    String base,
    String baseDigest,
    int trainRows,
    double density,
    Map<String, Object> methodSettings) {}
