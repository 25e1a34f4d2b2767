/** Requests and answers of the Open Inference Protocol v2, without HTTP. */
@NullMarked
package dev.diffstream.gateway.protocol;

import org.jspecify.annotations.NullMarked;
