/** Measures the learning methods: the command, and the one report. */
@NullMarked
package dev.diffstream.benchmarks;

import org.jspecify.annotations.NullMarked;
