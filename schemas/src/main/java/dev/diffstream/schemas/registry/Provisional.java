package dev.diffstream.schemas.registry;

/**
 * A head alone that answers, marked as provisional, while its task has no champion. It is no
 * version.
 */
public record Provisional(String digest, String baseDigest, String runId) {}
