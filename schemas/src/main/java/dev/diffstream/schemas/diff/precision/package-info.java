/** How the values of a diff are rounded. */
@NullMarked
package dev.diffstream.schemas.diff.precision;

import org.jspecify.annotations.NullMarked;
