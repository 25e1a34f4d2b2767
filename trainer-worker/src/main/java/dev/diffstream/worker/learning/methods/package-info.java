/** All learning methods by name. */
@NullMarked
package dev.diffstream.worker.learning.methods;

import org.jspecify.annotations.NullMarked;
