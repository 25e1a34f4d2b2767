/** The benchmarks that run in a process of their own. */
@NullMarked
package dev.diffstream.cli.bench;

import org.jspecify.annotations.NullMarked;
