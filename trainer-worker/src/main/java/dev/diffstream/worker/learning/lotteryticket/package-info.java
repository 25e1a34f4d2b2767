/** Lottery-ticket sparse fine-tuning: the mask is where full fine-tuning moved most. */
@NullMarked
package dev.diffstream.worker.learning.lotteryticket;

import org.jspecify.annotations.NullMarked;
