/** Published diffs and dead letters, each taken to its outcome. */
@NullMarked
package dev.diffstream.registry.intake;

import org.jspecify.annotations.NullMarked;
