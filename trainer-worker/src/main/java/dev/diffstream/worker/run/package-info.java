/** One run: from the task event as it was delivered to its durable outcome. */
@NullMarked
package dev.diffstream.worker.run;

import org.jspecify.annotations.NullMarked;
