/** Moves of aliases: what people ask for, and what the health of a version leads to. */
@NullMarked
package dev.diffstream.registry.move;

import org.jspecify.annotations.NullMarked;
