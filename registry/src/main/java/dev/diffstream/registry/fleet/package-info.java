/** Which gateway holds what, as the gateways themselves say. */
@NullMarked
package dev.diffstream.registry.fleet;

import org.jspecify.annotations.NullMarked;
