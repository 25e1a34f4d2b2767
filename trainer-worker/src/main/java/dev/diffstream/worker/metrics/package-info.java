/** What is measured on held-out rows, for each kind of answer, with 95 % confidence intervals. */
@NullMarked
package dev.diffstream.worker.metrics;

import org.jspecify.annotations.NullMarked;
