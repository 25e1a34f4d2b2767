/** From a correction to a served version, measured. */
@NullMarked
package dev.diffstream.cli.bench.correction;

import org.jspecify.annotations.NullMarked;
