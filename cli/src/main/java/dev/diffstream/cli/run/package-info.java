/** Commands that steer runs. */
@NullMarked
package dev.diffstream.cli.run;

import org.jspecify.annotations.NullMarked;
