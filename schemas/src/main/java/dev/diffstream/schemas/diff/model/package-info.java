/** What a diff says, whatever file it came from. */
@NullMarked
package dev.diffstream.schemas.diff.model;

import org.jspecify.annotations.NullMarked;
