/** Pages of tasks: what serves them, what moves them, and what they answer. */
@NullMarked
package dev.diffstream.registry.console.task;

import org.jspecify.annotations.NullMarked;
