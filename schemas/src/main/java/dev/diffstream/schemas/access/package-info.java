/** API keys: their form, and the objects that say which are known and which are revoked. */
@NullMarked
package dev.diffstream.schemas.access;

import org.jspecify.annotations.NullMarked;
