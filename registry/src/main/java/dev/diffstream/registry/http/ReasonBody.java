package dev.diffstream.registry.http;

import org.jspecify.annotations.Nullable;

/**
 * What somebody says about a request of theirs.
 *
 * @param reason for people who ask later
 */
public record ReasonBody(@Nullable String reason) {}
