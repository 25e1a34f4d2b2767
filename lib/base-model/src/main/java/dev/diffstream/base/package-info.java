/**
 * A base in memory: load, tokenise, forward, gradients; overlay a diff on it and restore it bit for
 * bit. Knows no Kafka, no S3, no HTTP.
 */
@NullMarked
package dev.diffstream.base;

import org.jspecify.annotations.NullMarked;
