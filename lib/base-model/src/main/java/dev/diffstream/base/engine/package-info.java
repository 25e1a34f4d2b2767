/**
 * The native tensor engine: where it computes, its memory, and the scripts that it runs. The other
 * packages reach it through this one.
 */
@NullMarked
package dev.diffstream.base.engine;

import org.jspecify.annotations.NullMarked;
