/** Versions that were deleted, and the bytes of their diffs. */
@NullMarked
package dev.diffstream.registry.deletion;

import org.jspecify.annotations.NullMarked;
