/** The base in memory, and what it says by each diff. */
@NullMarked
package dev.diffstream.gateway.model;

import org.jspecify.annotations.NullMarked;
