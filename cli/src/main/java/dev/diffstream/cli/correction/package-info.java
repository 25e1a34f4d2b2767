/** Corrections, the rules that learn from them, and what became of these. */
@NullMarked
package dev.diffstream.cli.correction;

import org.jspecify.annotations.NullMarked;
