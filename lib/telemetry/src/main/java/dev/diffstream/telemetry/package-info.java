/**
 * The OpenTelemetry SDK of a service, and the trace context across Kafka headers and object
 * metadata.
 */
@NullMarked
package dev.diffstream.telemetry;

import org.jspecify.annotations.NullMarked;
