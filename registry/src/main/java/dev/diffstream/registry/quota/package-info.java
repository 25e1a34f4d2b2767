/** What the owners of task events have used, and what they may use. */
@NullMarked
package dev.diffstream.registry.quota;

import org.jspecify.annotations.NullMarked;
