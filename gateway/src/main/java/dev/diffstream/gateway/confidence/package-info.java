/** How sure each version is of its answers: at first, and now. */
@NullMarked
package dev.diffstream.gateway.confidence;

import org.jspecify.annotations.NullMarked;
