/** Counts and spans. */
@NullMarked
package dev.diffstream.registry.telemetry;

import org.jspecify.annotations.NullMarked;
