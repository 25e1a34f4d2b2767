/** Examples: texts as token ids, tensors, and batches of them. */
@NullMarked
package dev.diffstream.base.input;

import org.jspecify.annotations.NullMarked;
