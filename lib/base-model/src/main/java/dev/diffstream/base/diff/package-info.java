/**
 * Sparse changes of a base: putting them on and taking them off, and the fixed inputs that check
 * them.
 */
@NullMarked
package dev.diffstream.base.diff;

import org.jspecify.annotations.NullMarked;
