/** Task events that callers of the registry ask for: the same events as any producer sends. */
@NullMarked
package dev.diffstream.registry.submission;

import org.jspecify.annotations.NullMarked;
