/** From the stored bytes of a data file to its text: unpacked, recognised, bounded. */
@NullMarked
package dev.diffstream.worker.data.file;

import org.jspecify.annotations.NullMarked;
