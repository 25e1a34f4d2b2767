/**
 * Arithmetic on diffs as sparse vectors over the parameters of their base: norms, comparison,
 * merging. It needs no base in memory.
 */
@NullMarked
package dev.diffstream.schemas.diff.arithmetic;

import org.jspecify.annotations.NullMarked;
