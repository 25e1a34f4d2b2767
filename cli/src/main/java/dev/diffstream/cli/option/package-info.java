/** What several commands take as options, and what they say of wrong ones. */
@NullMarked
package dev.diffstream.cli.option;

import org.jspecify.annotations.NullMarked;
