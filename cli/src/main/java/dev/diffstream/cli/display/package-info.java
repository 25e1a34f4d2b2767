/** Runs, events and foreign text as a person reads them in a terminal. */
@NullMarked
package dev.diffstream.cli.display;

import org.jspecify.annotations.NullMarked;
