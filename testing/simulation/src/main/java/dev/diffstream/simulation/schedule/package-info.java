/** Who steps next, and what fails: by a seed, and without knowing what is simulated. */
@NullMarked
package dev.diffstream.simulation.schedule;

import org.jspecify.annotations.NullMarked;
