/** What befalls bytes that are stored. */
@NullMarked
package dev.diffstream.simulation.damage;

import org.jspecify.annotations.NullMarked;
