/** Putting one diff in place of another: how long it takes, and what else could be done. */
@NullMarked
package dev.diffstream.benchmarks.switching;

import org.jspecify.annotations.NullMarked;
