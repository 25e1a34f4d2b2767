/** How much memory a process takes that learns one run after another. */
@NullMarked
package dev.diffstream.benchmarks.memory;

import org.jspecify.annotations.NullMarked;
