package dev.diffstream.registry.admission;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.base.BaseDescriptor;
import dev.diffstream.schemas.json.Json;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The bases that workers have described in the bucket. Belongs to the registrar's thread. */
final class KnownBases {
  private static final long MAX_BYTES = 16 << 20;

  private final ObjectStore store;
  private final @Nullable String defaultBase;
  private final SetAside setAside;
  private final SortedMap<String, String> nameByDigest = new TreeMap<>();

  KnownBases(ObjectStore store, @Nullable String defaultBase, SetAside setAside) {
    this.store = store;
    this.setAside = setAside;
    this.defaultBase = defaultBase;
  }

  /**
   * What an event's base is.
   *
   * @param digest null if it is not known
   * @param waitsFor why not, for people; empty if it is known
   */
  record Resolution(@Nullable String digest, String waitsFor) {}

  /**
   * Reads the bucket for bases that were described since. A description that cannot be read is set
   * aside; the others count.
   */
  void refresh() {
    List<String> found;
    try (Stream<String> keys = store.list(ObjectKeys.basesPrefix())) {
      found = keys.flatMap(key -> ObjectKeys.describedBase(key).stream()).toList();
    }
    for (String digest : found) {
      if (!nameByDigest.containsKey(digest)) {
        String key = ObjectKeys.baseDescriptor(digest);
        setAside.unlessReadable(
            key,
            () ->
                store
                    .get(key, MAX_BYTES)
                    .map(bytes -> Json.read(bytes, BaseDescriptor.class, key))
                    .ifPresent(base -> nameByDigest.put(digest, base.name())));
      }
    }
  }

  /** Digests, in order. */
  List<String> digests() {
    return List.copyOf(nameByDigest.keySet());
  }

  /**
   * @param named name or digest; null: the default
   */
  Resolution resolve(@Nullable String named) {
    String wanted = named == null ? defaultBase : named;
    if (nameByDigest.isEmpty()) {
      return new Resolution(null, "a worker: none has described its base yet");
    }
    List<String> fitting =
        nameByDigest.entrySet().stream()
            .filter(
                base ->
                    wanted == null
                        || base.getKey().equals(wanted)
                        || base.getValue().equals(wanted))
            .map(java.util.Map.Entry::getKey)
            .toList();
    if (fitting.size() == 1) {
      return new Resolution(fitting.getFirst(), "");
    }
    if (fitting.isEmpty()) {
      return new Resolution(
          null, "a worker with base " + wanted + "; workers have described " + names());
    }
    return new Resolution(
        null,
        (wanted == null
                ? "the name of its base, or diffstream.registry.default-base"
                : "the digest of its base, since several are called " + wanted)
            + "; workers have described "
            + names());
  }

  private List<String> names() {
    return nameByDigest.entrySet().stream()
        .map(base -> base.getValue() + " (" + base.getKey() + ")")
        .toList();
  }
}
