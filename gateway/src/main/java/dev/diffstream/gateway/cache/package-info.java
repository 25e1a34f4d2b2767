/** Diff files on a local disk, so that a gateway starts and goes back without the object store. */
@NullMarked
package dev.diffstream.gateway.cache;

import org.jspecify.annotations.NullMarked;
