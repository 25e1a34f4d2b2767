/** Traces and meters of requests. */
@NullMarked
package dev.diffstream.gateway.telemetry;

import org.jspecify.annotations.NullMarked;
