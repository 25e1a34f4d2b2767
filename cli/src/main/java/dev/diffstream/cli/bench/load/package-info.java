/** Clients that ask a gateway in a closed loop, in a process of their own. */
@NullMarked
package dev.diffstream.cli.bench.load;

import org.jspecify.annotations.NullMarked;
