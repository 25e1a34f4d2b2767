/** The dense head alone: what any diff must beat. */
@NullMarked
package dev.diffstream.worker.learning.headonly;

import org.jspecify.annotations.NullMarked;
