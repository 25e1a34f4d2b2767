/** Labelled data sets in files, and the rows that one measurement takes of them. */
@NullMarked
package dev.diffstream.benchmarks.data;

import org.jspecify.annotations.NullMarked;
