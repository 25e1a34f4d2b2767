/**
 * Rows as an objective asks them: encoded inputs, targets and the order in which epochs see them.
 */
@NullMarked
package dev.diffstream.worker.learning.rows;

import org.jspecify.annotations.NullMarked;
