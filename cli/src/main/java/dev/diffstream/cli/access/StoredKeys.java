package dev.diffstream.cli.access;

import dev.diffstream.cli.client.Connection;
import dev.diffstream.eventlog.AccessAudit;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.access.AccessKeys;
import dev.diffstream.schemas.access.ApiKey;
import dev.diffstream.schemas.access.ApiKeyRevocation;
import dev.diffstream.schemas.event.AccessRecorded;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.ActorName;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The keys of a bucket, each put once and never changed. */
final class StoredKeys {
  private final ObjectStore store;

  StoredKeys(ObjectStore store) {
    this.store = store;
  }

  /**
   * A key.
   *
   * @param revoked whether it is valid no more
   */
  record StoredKey(ApiKey key, boolean revoked) {}

  void put(ApiKey key) {
    if (store.putIfAbsent(AccessKeys.apiKey(key.id()), Json.write(key), Map.of())
        == PutOutcome.EXISTS) {
      throw new IllegalStateException("there is a key " + key.id() + " already; make another");
    }
  }

  /** In the order of their making. */
  List<StoredKey> all() {
    List<ApiKey> keys = new ArrayList<>();
    Set<String> revoked = new HashSet<>();
    try (Stream<String> objects = store.list(AccessKeys.accessPrefix())) {
      objects.forEach(
          object -> {
            AccessKeys.revokedApiKey(object).ifPresent(revoked::add);
            AccessKeys.describedApiKey(object).flatMap(this::read).ifPresent(keys::add);
          });
    }
    keys.sort(Comparator.comparing(ApiKey::created).thenComparing(ApiKey::id));
    return keys.stream().map(key -> new StoredKey(key, revoked.contains(key.id()))).toList();
  }

  private Optional<ApiKey> read(String id) {
    String object = AccessKeys.apiKey(id);
    return store.get(object, ApiKey.MAX_BYTES).map(bytes -> Json.read(bytes, ApiKey.class, object));
  }

  /**
   * Revokes a key; one that is revoked stays so.
   *
   * @throws DiffstreamException INVALID_REQUEST if there is no such key
   */
  void revoke(ApiKeyRevocation revocation) {
    String id = revocation.keyId();
    if (read(id).isEmpty()) {
      throw new DiffstreamException(ErrorCode.INVALID_REQUEST, "no API key has the id " + id);
    }
    store.putIfAbsent(AccessKeys.apiKeyRevocation(id), Json.write(revocation), Map.of());
  }

  /** Whoever calls the command. */
  static ActorName actor() {
    return ActorName.ofUser(System.getProperty("user.name", ""));
  }

  /** Tells the audit topic; where it cannot, the objects are the truth, and a warning is said. */
  static void audit(
      Connection connection,
      String action,
      String keyId,
      @Nullable String detail,
      PrintWriter err) {
    try (EventLog log = connection.openLog()) {
      new AccessAudit(log, "/diffstream/cli", InstantSource.system())
          .send(new AccessRecorded(action, actor().text(), keyId, null, null, null, detail));
    } catch (DiffstreamException e) {
      err.println("not told to the audit topic: " + e.getMessage());
      err.flush();
    }
  }
}
