/** What topics and bucket tell of runs. */
@NullMarked
package dev.diffstream.registry.runs;

import org.jspecify.annotations.NullMarked;
