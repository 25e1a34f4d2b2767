/** Where versions come from, joined from what workers and registry left in the bucket. */
@NullMarked
package dev.diffstream.registry.lineage;

import org.jspecify.annotations.NullMarked;
