/**
 * Structured diff pruning (Guo, Rush, Kim 2020) in three stages: learn gates and weights together,
 * keep the k largest changes, train those.
 */
@NullMarked
package dev.diffstream.worker.learning.diffpruning;

import org.jspecify.annotations.NullMarked;
