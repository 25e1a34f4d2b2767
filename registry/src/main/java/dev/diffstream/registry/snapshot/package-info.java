/**
 * Snapshots of what a registry knows, so that a start need not read the whole bucket. They are
 * never believed over the bucket.
 */
@NullMarked
package dev.diffstream.registry.snapshot;

import org.jspecify.annotations.NullMarked;
