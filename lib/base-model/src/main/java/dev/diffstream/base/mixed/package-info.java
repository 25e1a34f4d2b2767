/** One pass of a base over texts of different diffs: each diff corrects its own texts alone. */
@NullMarked
package dev.diffstream.base.mixed;

import org.jspecify.annotations.NullMarked;
