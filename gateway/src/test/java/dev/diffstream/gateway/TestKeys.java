package dev.diffstream.gateway;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.access.AccessKeys;
import dev.diffstream.schemas.access.ApiKey;
import dev.diffstream.schemas.access.ApiKeyRevocation;
import dev.diffstream.schemas.access.ApiKeySecret;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.settings.AccessSettings;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** API keys in a bucket. */
final class TestKeys {
  /** Keys of the bucket, looked at often. */
  static final AccessSettings SETTINGS =
      new AccessSettings(new AccessSettings.Source.Bucket(), Duration.ofMillis(50));

  private static final Instant MADE = Instant.parse("2026-01-01T00:00:00Z");

  private final ObjectStore store;
  private final List<String> secrets = new ArrayList<>();

  TestKeys(ObjectStore store) {
    this.store = store;
  }

  /** The secret of a new key. */
  String create(@Nullable String tenant, @Nullable Instant expires, String... roles) {
    ApiKeySecret secret = ApiKeySecret.create(new SecureRandom());
    String id = ApiKeySecret.id(secret.digest());
    ApiKey key =
        new ApiKey(id, "key-" + id, List.of(roles), tenant, secret.digest(), "test", MADE, expires);
    store.putIfAbsent(AccessKeys.apiKey(id), Json.write(key), Map.of());
    secrets.add(secret.text());
    return secret.text();
  }

  String expired(String... roles) {
    return create(null, MADE.plusSeconds(1), roles);
  }

  String revoked(String... roles) {
    String secret = create(null, null, roles);
    revoke(secret);
    return secret;
  }

  void revoke(String secret) {
    String id = ApiKeySecret.id(ApiKeySecret.digest(secret));
    store.putIfAbsent(
        AccessKeys.apiKeyRevocation(id),
        Json.write(new ApiKeyRevocation(id, "test", null, MADE)),
        Map.of());
  }

  /** Of all keys that were made. */
  List<String> secrets() {
    return List.copyOf(secrets);
  }
}
