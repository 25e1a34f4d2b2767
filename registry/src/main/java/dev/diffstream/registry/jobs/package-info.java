/** The interface of OpenAI's fine-tuning jobs over tasks and runs. */
@NullMarked
package dev.diffstream.registry.jobs;

import org.jspecify.annotations.NullMarked;
