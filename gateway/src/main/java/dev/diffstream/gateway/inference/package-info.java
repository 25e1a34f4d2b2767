/** Requests that wait for the model, and the one thread that runs it. */
@NullMarked
package dev.diffstream.gateway.inference;

import org.jspecify.annotations.NullMarked;
