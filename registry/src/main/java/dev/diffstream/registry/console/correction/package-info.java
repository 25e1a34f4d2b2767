/** Pages of corrections, and of the rules by which tasks are learned again. */
@NullMarked
package dev.diffstream.registry.console.correction;

import org.jspecify.annotations.NullMarked;
