/** Right labels, as people say them: numbered rows of the task's own data. */
@NullMarked
package dev.diffstream.registry.correction;

import org.jspecify.annotations.NullMarked;
