/**
 * What a diff was made of and by whom: an in-toto statement with SLSA's provenance predicate. What
 * it says is told in docs/lineage.md.
 */
@NullMarked
package dev.diffstream.schemas.provenance;

import org.jspecify.annotations.NullMarked;
