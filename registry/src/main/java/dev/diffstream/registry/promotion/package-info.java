/** Whether a new version becomes champion at once, after the tests of a gateway, or by a person. */
@NullMarked
package dev.diffstream.registry.promotion;

import org.jspecify.annotations.NullMarked;
