/** The face for those who score a stream: requests of one topic, answered on another. */
@NullMarked
package dev.diffstream.gateway.topic;

import org.jspecify.annotations.NullMarked;
