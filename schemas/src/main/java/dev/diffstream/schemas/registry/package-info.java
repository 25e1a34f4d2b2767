/**
 * The registry's objects: versions and alias generations. They are the truth; topics are derived
 * from them (I4).
 */
@NullMarked
package dev.diffstream.schemas.registry;

import org.jspecify.annotations.NullMarked;
