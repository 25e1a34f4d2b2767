/** Runs a base: features, logits of a head, and training steps with their gradients. */
@NullMarked
package dev.diffstream.base.encoder;

import org.jspecify.annotations.NullMarked;
