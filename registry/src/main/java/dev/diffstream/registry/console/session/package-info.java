/** People who sign in to the console with an API key. */
@NullMarked
package dev.diffstream.registry.console.session;

import org.jspecify.annotations.NullMarked;
