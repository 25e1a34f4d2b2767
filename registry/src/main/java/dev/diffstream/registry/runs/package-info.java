/** The state of runs, as read from topics and bucket. */
@NullMarked
package dev.diffstream.registry.runs;

import org.jspecify.annotations.NullMarked;
