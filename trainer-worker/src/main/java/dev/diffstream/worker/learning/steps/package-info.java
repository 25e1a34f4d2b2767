/** Training steps: the gradients of batches, the dense head, the best step on the dev rows. */
@NullMarked
package dev.diffstream.worker.learning.steps;

import org.jspecify.annotations.NullMarked;
