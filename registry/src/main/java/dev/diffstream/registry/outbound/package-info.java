/** Records of topics told to addresses outside, at least once and on threads of their own. */
@NullMarked
package dev.diffstream.registry.outbound;

import org.jspecify.annotations.NullMarked;
