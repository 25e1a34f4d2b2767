/** {@code diffstream diff}: looking at diff files, comparing, merging and exchanging them. */
@NullMarked
package dev.diffstream.cli.diff;

import org.jspecify.annotations.NullMarked;
