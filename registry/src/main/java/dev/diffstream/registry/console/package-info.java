/**
 * Pages for people, rendered here and updated in place by htmx; nothing is loaded from elsewhere.
 */
@NullMarked
package dev.diffstream.registry.console;

import org.jspecify.annotations.NullMarked;
