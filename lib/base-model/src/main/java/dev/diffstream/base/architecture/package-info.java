/**
 * What a transformer encoder consists of: its sizes, the names and shapes of its parameters, their
 * values and the digest over them.
 */
@NullMarked
package dev.diffstream.base.architecture;

import org.jspecify.annotations.NullMarked;
