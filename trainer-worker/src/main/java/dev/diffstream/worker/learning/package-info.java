/** Learning a diff from one task's data: what a task is, what a method does, and its settings. */
@NullMarked
package dev.diffstream.worker.learning;

import org.jspecify.annotations.NullMarked;
