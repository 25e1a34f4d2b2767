/** How well what each method learned answers test rows. */
@NullMarked
package dev.diffstream.benchmarks.quality;

import org.jspecify.annotations.NullMarked;
