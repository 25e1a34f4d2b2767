/**
 * The state of a learning that is under way, kept from time to time, so that a run goes on after a
 * crash and gives the bits that it would have given.
 */
@NullMarked
package dev.diffstream.worker.learning.checkpoint;

import org.jspecify.annotations.NullMarked;
