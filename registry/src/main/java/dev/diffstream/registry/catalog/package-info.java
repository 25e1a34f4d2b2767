/**
 * The numbered logs of the bucket, versions and alias generations, and the snapshot that readers
 * see.
 */
@NullMarked
package dev.diffstream.registry.catalog;

import org.jspecify.annotations.NullMarked;
