/** Announcements of the newest alias generations. */
@NullMarked
package dev.diffstream.registry.announce;

import org.jspecify.annotations.NullMarked;
