/** Full fine-tuning: the measure of the others. */
@NullMarked
package dev.diffstream.worker.learning.full;

import org.jspecify.annotations.NullMarked;
