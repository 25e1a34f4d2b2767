/** Publish, take from a work queue, follow a topic: Kafka, and a memory twin. */
@NullMarked
package dev.diffstream.eventlog;

import org.jspecify.annotations.NullMarked;
