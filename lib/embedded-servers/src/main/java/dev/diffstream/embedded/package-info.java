/** A real Kafka broker and a real S3 server in this JVM, and a real MinIO as a process. */
@NullMarked
package dev.diffstream.embedded;

import org.jspecify.annotations.NullMarked;
