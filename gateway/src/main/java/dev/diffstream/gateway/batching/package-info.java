/** Which of the waiting examples are computed next. */
@NullMarked
package dev.diffstream.gateway.batching;

import org.jspecify.annotations.NullMarked;
