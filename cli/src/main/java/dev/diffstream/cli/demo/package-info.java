/** The demo: three hand-written data sets, from event to served answer. */
@NullMarked
package dev.diffstream.cli.demo;

import org.jspecify.annotations.NullMarked;
