/**
 * Every byte that crosses a process boundary: error codes, topics, object keys, events, objects and
 * the diff file.
 */
@NullMarked
package dev.diffstream.schemas;

import org.jspecify.annotations.NullMarked;
