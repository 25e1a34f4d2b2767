/** What a diff file costs: bytes against the entropy bound, and time against a memory copy. */
@NullMarked
package dev.diffstream.benchmarks.diff;

import org.jspecify.annotations.NullMarked;
