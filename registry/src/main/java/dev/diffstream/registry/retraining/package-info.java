/** Rules by which a task is learned again by itself, and what became of them. */
@NullMarked
package dev.diffstream.registry.retraining;

import org.jspecify.annotations.NullMarked;
