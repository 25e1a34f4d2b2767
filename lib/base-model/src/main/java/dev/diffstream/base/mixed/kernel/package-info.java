/** Vector kernels of a packed pass, over memory by address. */
@NullMarked
package dev.diffstream.base.mixed.kernel;

import org.jspecify.annotations.NullMarked;
