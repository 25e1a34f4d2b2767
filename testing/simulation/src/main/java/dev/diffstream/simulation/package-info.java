/**
 * Workers, registries and gateways over the memory twins of log and store, in one thread, with
 * seeded faults and the invariants after every step.
 */
@NullMarked
package dev.diffstream.simulation;

import org.jspecify.annotations.NullMarked;
