/** The page that asks tasks a text, by way of a gateway. */
@NullMarked
package dev.diffstream.registry.console.trial;

import org.jspecify.annotations.NullMarked;
