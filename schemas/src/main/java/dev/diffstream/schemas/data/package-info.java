/** What a data set means to every reader of it: how it is split. */
@NullMarked
package dev.diffstream.schemas.data;

import org.jspecify.annotations.NullMarked;
