/** Announcement, loaded, self-tested, served: Open Inference Protocol v2 over one base. */
@NullMarked
package dev.diffstream.gateway;

import org.jspecify.annotations.NullMarked;
