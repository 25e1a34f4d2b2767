/**
 * The shapes of text-embeddings-inference that fit a task: predict, tokenize and info, for clients
 * that were written for it.
 */
@NullMarked
package dev.diffstream.gateway.tei;

import org.jspecify.annotations.NullMarked;
