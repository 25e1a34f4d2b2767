package dev.diffstream.registry.console;

/** An alias before and after a move. */
public record Change(String alias, String before, String after) {}
