/** How long a training step takes, and how much memory. */
@NullMarked
package dev.diffstream.benchmarks.steps;

import org.jspecify.annotations.NullMarked;
