/** What a base computes before a head, as scripts and modules that the engine runs. */
@NullMarked
package dev.diffstream.base.network;

import org.jspecify.annotations.NullMarked;
