/**
 * Learning a diff from one task's data: the methods, their settings, the batches and the metrics.
 */
@NullMarked
package dev.diffstream.worker.learning;

import org.jspecify.annotations.NullMarked;
