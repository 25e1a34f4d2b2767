/** Stages that several methods share: full fine-tuning, and a fixed mask with its precision. */
@NullMarked
package dev.diffstream.worker.learning.stages;

import org.jspecify.annotations.NullMarked;
