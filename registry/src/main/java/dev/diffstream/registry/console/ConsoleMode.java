package dev.diffstream.registry.console;

/**
 * What the console lets people do.
 *
 * @param readOnly whether nothing can be changed from it
 */
public record ConsoleMode(boolean readOnly) {}
