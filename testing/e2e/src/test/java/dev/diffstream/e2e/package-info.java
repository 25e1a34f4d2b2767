/**
 * Whole-system tests: real broker, real object store, real JVMs, faults; and the layering of the
 * modules.
 */
@NullMarked
package dev.diffstream.e2e;

import org.jspecify.annotations.NullMarked;
