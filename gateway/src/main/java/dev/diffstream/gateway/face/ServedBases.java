package dev.diffstream.gateway.face;

import dev.diffstream.gateway.catalog.ResidentDiff;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The bases of a gateway; immutable. Each answers by a thread of its own. */
public final class ServedBases {
  private final Map<String, ServedBase> byDigest = new LinkedHashMap<>();

  /**
   * @param bases at least one, each once
   */
  public ServedBases(List<ServedBase> bases) {
    for (ServedBase base : bases) {
      if (byDigest.put(base.digest(), base) != null) {
        throw new IllegalArgumentException("base " + base.digest() + " is given twice");
      }
    }
  }

  /** That of a diff which is served. */
  public ServedBase of(ResidentDiff diff) {
    return Objects.requireNonNull(byDigest.get(diff.metadata().baseDigest()));
  }

  /** The one that is named first. */
  public ServedBase first() {
    return all().iterator().next();
  }

  /** In the order in which they are named. */
  public Collection<ServedBase> all() {
    return byDigest.values();
  }
}
