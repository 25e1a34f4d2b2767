/** What a base model says of itself in the bucket. */
@NullMarked
package dev.diffstream.schemas.base;

import org.jspecify.annotations.NullMarked;
