/** Figures as pictures. */
@NullMarked
package dev.diffstream.benchmarks.chart;

import org.jspecify.annotations.NullMarked;
