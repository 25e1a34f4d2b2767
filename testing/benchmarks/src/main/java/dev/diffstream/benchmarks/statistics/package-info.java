/** Intervals around means. */
@NullMarked
package dev.diffstream.benchmarks.statistics;

import org.jspecify.annotations.NullMarked;
