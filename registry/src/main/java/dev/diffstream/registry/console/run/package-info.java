/** Pages of runs, and of the events that failed. */
@NullMarked
package dev.diffstream.registry.console.run;

import org.jspecify.annotations.NullMarked;
