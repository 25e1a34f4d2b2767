/** Task events that wait, and the decisions that let them go on to the workers of their base. */
@NullMarked
package dev.diffstream.registry.admission;

import org.jspecify.annotations.NullMarked;
