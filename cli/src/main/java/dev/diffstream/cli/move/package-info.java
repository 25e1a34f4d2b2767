/** Commands that move a task's aliases, and that tell of its versions and moves. */
@NullMarked
package dev.diffstream.cli.move;

import org.jspecify.annotations.NullMarked;
