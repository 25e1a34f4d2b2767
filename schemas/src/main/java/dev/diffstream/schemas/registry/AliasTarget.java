package dev.diffstream.schemas.registry;

/** What an alias names: a version and the digest of its diff. */
public record AliasTarget(long version, String digest) {}
