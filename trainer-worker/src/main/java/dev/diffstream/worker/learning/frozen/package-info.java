/** A head over features of the untouched base that are computed once: learned in seconds. */
@NullMarked
package dev.diffstream.worker.learning.frozen;

import org.jspecify.annotations.NullMarked;
