/**
 * What the methods share: the values that have training state, Adam on them in vector instructions,
 * the choice of the k largest, and the training of a fixed mask.
 */
@NullMarked
package dev.diffstream.worker.learning.sparse;

import org.jspecify.annotations.NullMarked;
