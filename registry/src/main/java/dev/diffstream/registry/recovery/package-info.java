/** What only the bucket can tell at start. */
@NullMarked
package dev.diffstream.registry.recovery;

import org.jspecify.annotations.NullMarked;
