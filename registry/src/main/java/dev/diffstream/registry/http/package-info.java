/** REST and metrics. */
@NullMarked
package dev.diffstream.registry.http;

import org.jspecify.annotations.NullMarked;
