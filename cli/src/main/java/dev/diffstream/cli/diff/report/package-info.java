/** What is told of one diff file or of several. */
@NullMarked
package dev.diffstream.cli.diff.report;

import org.jspecify.annotations.NullMarked;
