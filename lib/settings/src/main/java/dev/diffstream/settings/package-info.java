/**
 * Typed settings, read once from environment variables and system properties; bad values are named.
 */
@NullMarked
package dev.diffstream.settings;

import org.jspecify.annotations.NullMarked;
