/** The diffstream command. */
@NullMarked
package dev.diffstream.cli;

import org.jspecify.annotations.NullMarked;
