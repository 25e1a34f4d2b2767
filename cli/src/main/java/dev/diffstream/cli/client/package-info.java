/**
 * What a command knows of a running deployment, and how it talks to it: Kafka, S3 and HTTP only.
 */
@NullMarked
package dev.diffstream.cli.client;

import org.jspecify.annotations.NullMarked;
