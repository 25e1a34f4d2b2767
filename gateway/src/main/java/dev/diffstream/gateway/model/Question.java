package dev.diffstream.gateway.model;

import dev.diffstream.gateway.catalog.PreparedDiff;

/** One example, and the diff that it asks. */
public record Question(PreparedDiff prepared, Example example) {}
