/**
 * A whole deployment on this machine: broker and object store in this JVM, each service in a JVM of
 * its own.
 */
@NullMarked
package dev.diffstream.cli.deployment;

import org.jspecify.annotations.NullMarked;
