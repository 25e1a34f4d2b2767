/** Pages of gateways. */
@NullMarked
package dev.diffstream.registry.console.gateway;

import org.jspecify.annotations.NullMarked;
