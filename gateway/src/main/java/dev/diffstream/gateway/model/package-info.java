/** The base in memory with one diff at a time, and the one thread that runs it. */
@NullMarked
package dev.diffstream.gateway.model;

import org.jspecify.annotations.NullMarked;
