/** Pages that send a task. */
@NullMarked
package dev.diffstream.registry.console.submit;

import org.jspecify.annotations.NullMarked;
