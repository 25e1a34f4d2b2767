/** Events told to addresses of others: CloudEvents over HTTP, signed. */
@NullMarked
package dev.diffstream.registry.webhook;

import org.jspecify.annotations.NullMarked;
