/** The base that is simulated, and its diffs. */
@NullMarked
package dev.diffstream.simulation.base;

import org.jspecify.annotations.NullMarked;
