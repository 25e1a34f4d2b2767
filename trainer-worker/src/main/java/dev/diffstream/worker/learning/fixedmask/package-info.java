/** Masks chosen by a score of the untouched base. */
@NullMarked
package dev.diffstream.worker.learning.fixedmask;

import org.jspecify.annotations.NullMarked;
