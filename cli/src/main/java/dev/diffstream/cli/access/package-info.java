/** API keys: made, listed and revoked. */
@NullMarked
package dev.diffstream.cli.access;

import org.jspecify.annotations.NullMarked;
