/** A file of texts, and what a task says to each. */
@NullMarked
package dev.diffstream.cli.score;

import org.jspecify.annotations.NullMarked;
