/** Tells the registry what a gateway has loaded. */
@NullMarked
package dev.diffstream.gateway.residency;

import org.jspecify.annotations.NullMarked;
