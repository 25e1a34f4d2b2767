/** Published diff, verified, versioned, announced; and the REST view of it. */
@NullMarked
package dev.diffstream.registry;

import org.jspecify.annotations.NullMarked;
