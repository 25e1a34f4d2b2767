/** The one JSON dialect of events, objects and metadata. */
@NullMarked
package dev.diffstream.schemas.json;

import org.jspecify.annotations.NullMarked;
