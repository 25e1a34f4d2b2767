/** Which tasks somebody may see: those of their key's tenant, or all. */
@NullMarked
package dev.diffstream.registry.tenancy;

import org.jspecify.annotations.NullMarked;
