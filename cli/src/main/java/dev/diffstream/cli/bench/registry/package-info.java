/** Measures a registry of very many tasks. */
@NullMarked
package dev.diffstream.cli.bench.registry;

import org.jspecify.annotations.NullMarked;
