/** What a gateway serves, as immutable values that any thread may read. */
@NullMarked
package dev.diffstream.gateway.catalog;

import org.jspecify.annotations.NullMarked;
