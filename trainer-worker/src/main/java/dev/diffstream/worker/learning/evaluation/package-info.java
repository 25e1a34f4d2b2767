/** How well a base with a head answers labelled rows. */
@NullMarked
package dev.diffstream.worker.learning.evaluation;

import org.jspecify.annotations.NullMarked;
