/**
 * Signatures of diffs: OpenSSF model signing v1.0 with keys. What they prove is told in
 * docs/signatures.md.
 */
@NullMarked
package dev.diffstream.schemas.signature;

import org.jspecify.annotations.NullMarked;
