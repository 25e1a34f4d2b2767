/** A task's data set: read from the object store, checked completely, split. */
@NullMarked
package dev.diffstream.worker.data;

import org.jspecify.annotations.NullMarked;
