/** Proves after each new version that the answers of other tasks have kept every bit. */
@NullMarked
package dev.diffstream.gateway.certificate;

import org.jspecify.annotations.NullMarked;
