/**
 * The safetensors container, read strictly: diff files and base checkpoints are both such files.
 */
@NullMarked
package dev.diffstream.schemas.safetensors;

import org.jspecify.annotations.NullMarked;
