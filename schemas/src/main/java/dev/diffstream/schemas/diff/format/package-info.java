/** The diff file, version 1: docs/diff-file-v1.md. */
@NullMarked
package dev.diffstream.schemas.diff.format;

import org.jspecify.annotations.NullMarked;
