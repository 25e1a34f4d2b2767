/** Fixed sentences whose answers stand in a diff, so that a reader can check what it loaded. */
@NullMarked
package dev.diffstream.schemas.diff.probe;

import org.jspecify.annotations.NullMarked;
