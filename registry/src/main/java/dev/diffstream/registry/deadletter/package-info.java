/** Task events that failed, listed and sent once more. */
@NullMarked
package dev.diffstream.registry.deadletter;

import org.jspecify.annotations.NullMarked;
