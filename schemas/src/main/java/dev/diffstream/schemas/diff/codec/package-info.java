/** How the compact profile of a diff file stores positions and values; see docs/diff-file-v1.md. */
@NullMarked
package dev.diffstream.schemas.diff.codec;

import org.jspecify.annotations.NullMarked;
