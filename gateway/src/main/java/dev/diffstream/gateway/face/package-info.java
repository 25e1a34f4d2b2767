/** What the faces of the gateway, REST and gRPC, do alike. */
@NullMarked
package dev.diffstream.gateway.face;

import org.jspecify.annotations.NullMarked;
