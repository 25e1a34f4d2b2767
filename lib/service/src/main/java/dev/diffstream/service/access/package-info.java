/** Who may do what: API keys, and the one policy by which all faces of all services decide. */
@NullMarked
package dev.diffstream.service.access;

import org.jspecify.annotations.NullMarked;
