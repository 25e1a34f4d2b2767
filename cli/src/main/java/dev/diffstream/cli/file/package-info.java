/** Files that commands read and write. */
@NullMarked
package dev.diffstream.cli.file;

import org.jspecify.annotations.NullMarked;
