/** What an objective's answers look like as output tensors. */
@NullMarked
package dev.diffstream.gateway.output;

import org.jspecify.annotations.NullMarked;
