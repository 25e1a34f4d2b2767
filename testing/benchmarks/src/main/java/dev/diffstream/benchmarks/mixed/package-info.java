/** Texts of many tasks at once: how long a batch takes. */
@NullMarked
package dev.diffstream.benchmarks.mixed;

import org.jspecify.annotations.NullMarked;
