/**
 * The parameters that learning changes, their training state, and Adam on it in vector instructions
 * and as tensor operations.
 */
@NullMarked
package dev.diffstream.worker.learning.parameters;

import org.jspecify.annotations.NullMarked;
