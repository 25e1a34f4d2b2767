/** The files of a base: where they lie, and the readers of configurations and weights. */
@NullMarked
package dev.diffstream.base.format;

import org.jspecify.annotations.NullMarked;
