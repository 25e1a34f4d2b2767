/** The run report: what a run read, did and found. */
@NullMarked
package dev.diffstream.schemas.run;

import org.jspecify.annotations.NullMarked;
