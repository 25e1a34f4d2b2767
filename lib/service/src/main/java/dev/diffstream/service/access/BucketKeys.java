package dev.diffstream.service.access;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.access.AccessKeys;
import dev.diffstream.schemas.access.ApiKey;
import dev.diffstream.schemas.json.Json;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of the bucket. A look is one listing; the object of a key is read once, since it never
 * changes. One that cannot be read as a key opens nothing, and shuts no other out.
 */
public final class BucketKeys implements KeySource {
  private static final Logger LOG = LoggerFactory.getLogger(BucketKeys.class);

  private final ObjectStore store;
  private final Map<String, Optional<ApiKey>> known = new HashMap<>();

  public BucketKeys(ObjectStore store) {
    this.store = store;
  }

  @Override
  public KeyRing read() {
    Set<String> listed = new HashSet<>();
    Set<String> revoked = new HashSet<>();
    try (Stream<String> objects = store.list(AccessKeys.accessPrefix())) {
      objects.forEach(
          object -> {
            AccessKeys.describedApiKey(object).ifPresent(listed::add);
            AccessKeys.revokedApiKey(object).ifPresent(revoked::add);
          });
    }
    known.keySet().retainAll(listed);
    for (String id : listed) {
      if (!known.containsKey(id)) {
        known.put(id, read(id));
      }
    }
    return new KeyRing(all(), revoked);
  }

  /** Those that are known since the last look, revoked ones among them. */
  public List<ApiKey> all() {
    return known.values().stream().flatMap(Optional::stream).toList();
  }

  private Optional<ApiKey> read(String id) {
    String object = AccessKeys.apiKey(id);
    try {
      Optional<ApiKey> key =
          store.get(object, ApiKey.MAX_BYTES).map(bytes -> Json.read(bytes, ApiKey.class, object));
      if (key.isPresent() && key.get().id().equals(id)) {
        return key;
      }
      LOG.warn("{} is no API key of its own name, and is ignored", object);
    } catch (DiffstreamException e) {
      if (e.code().retryable() || e.code() == ErrorCode.OUTCOME_UNKNOWN) {
        throw e;
      }
      LOG.warn("{} cannot be read as an API key, and is ignored: {}", object, e.getMessage());
    }
    return Optional.empty();
  }
}
