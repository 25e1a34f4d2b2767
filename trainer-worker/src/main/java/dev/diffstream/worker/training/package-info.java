/** One attempt at a run with the tensor engine: data checked, diff learned, evaluated, stored. */
@NullMarked
package dev.diffstream.worker.training;

import org.jspecify.annotations.NullMarked;
