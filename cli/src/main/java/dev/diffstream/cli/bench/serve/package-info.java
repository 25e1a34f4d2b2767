/** Many tasks served by a real gateway: how fast, how soon, and whether every answer is right. */
@NullMarked
package dev.diffstream.cli.bench.serve;

import org.jspecify.annotations.NullMarked;
