/** The same texts in other programs, to stand beside. */
@NullMarked
package dev.diffstream.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
