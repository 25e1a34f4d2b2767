/** The routes of the Open Inference Protocol v2. */
@NullMarked
package dev.diffstream.gateway.http;

import org.jspecify.annotations.NullMarked;
