/**
 * Diffs in other people's forms, written and read: plain safetensors, PEFT SHiRA adapters, whole
 * checkpoints in Hugging Face layout. What the forms hold is told in docs/diff-commands.md.
 */
@NullMarked
package dev.diffstream.cli.exchange;

import org.jspecify.annotations.NullMarked;
