/** Prepared diffs within a bound on memory. */
@NullMarked
package dev.diffstream.gateway.memory;

import org.jspecify.annotations.NullMarked;
