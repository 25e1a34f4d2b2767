/** An event log in memory: the twin of the one on Kafka, for tests and for one process. */
@NullMarked
package dev.diffstream.eventlog.memory;

import org.jspecify.annotations.NullMarked;
