package dev.diffstream.gateway.catalog;

import dev.diffstream.schemas.diff.model.DiffMetadata;

/** A diff that was checked against the base and made ready to answer; immutable. */
public interface PreparedDiff {
  /** What the diff file says of itself. */
  DiffMetadata metadata();
}
