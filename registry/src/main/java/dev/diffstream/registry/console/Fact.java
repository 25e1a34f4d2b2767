package dev.diffstream.registry.console;

import org.jspecify.annotations.Nullable;

/**
 * Something to know of what a page is about.
 *
 * @param link address of its own page; null: it has none
 */
public record Fact(String name, String value, @Nullable String link) {}
