/** Requests and answers in plain JSON, for people with curl. */
@NullMarked
package dev.diffstream.gateway.prediction;

import org.jspecify.annotations.NullMarked;
