/** Runs told to a receiver of OpenLineage, such as Marquez. */
@NullMarked
package dev.diffstream.registry.openlineage;

import org.jspecify.annotations.NullMarked;
