package dev.diffstream.service.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.access.ApiKey;
import dev.diffstream.schemas.access.ApiKeySecret;
import dev.diffstream.schemas.registry.ActorName;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AccessPolicyTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  private final ApiKeySecret secret = ApiKeySecret.create(new SecureRandom());
  private @Nullable KeyRing keys;
  private Instant now = NOW;
  private final Refusals refusals = Refusals.of("test", () -> now);
  private final AccessPolicy policy = AccessPolicy.of(() -> keys, () -> now, refusals);

  private ApiKey key(@Nullable String tenant, @Nullable Instant expires, String... roles) {
    return new ApiKey(
        ApiKeySecret.id(secret.digest()),
        "ada",
        List.of(roles),
        tenant,
        secret.digest(),
        "root",
        NOW,
        expires);
  }

  private Principal ask(String header) {
    return policy.identify(List.of(header), List.of("somebody else"));
  }

  @Test
  void theKeySaysWhoAsksAndNotTheCaller() {
    keys = new KeyRing(List.of(key("shop", null, "read", "of-later")), Set.of());
    Principal found = ask("Bearer " + secret.text());
    assertThat(found.actor()).isEqualTo(new ActorName("ada"));
    assertThat(found.tenant()).isEqualTo("shop");
    assertThat(found.may(Permission.VIEW)).isTrue();
    assertThat(found.may(Permission.DEPLOYMENT)).isFalse();
    assertThat(found.may(Permission.SUBMIT)).isFalse();
    assertThat(found.sees("shop")).isTrue();
    assertThat(found.sees("desk")).isFalse();
    assertThat(found.sees(null)).isFalse();
    assertThat(ask("bearer  " + secret.text())).isEqualTo(found);
  }

  @Test
  void everyOtherHeaderIsRefusedInTheSameWords() {
    keys = new KeyRing(List.of(key(null, NOW.plusSeconds(10), "read")), Set.of());
    String good = "Bearer " + secret.text();
    assertThat(ask(good).keyId()).isNotNull();
    for (String bad :
        List.of("", "Bearer", "Basic " + secret.text(), secret.text(), good + "x", "Bearer dsk_")) {
      refused(bad);
    }
    now = NOW.plusSeconds(10);
    refused(good);
    now = NOW;
    keys = new KeyRing(List.of(key(null, null, "read")), Set.of(ApiKeySecret.id(secret.digest())));
    refused(good);
    assertThatThrownBy(() -> policy.identify(List.of(good, good), List.of()))
        .isInstanceOf(DiffstreamException.class);
  }

  private void refused(String header) {
    assertThatThrownBy(() -> ask(header))
        .as(header)
        .isInstanceOf(DiffstreamException.class)
        .hasMessage("UNAUTHENTICATED: the API key is unknown, revoked or expired");
  }

  @Test
  void withoutAKeyNobodyMayAnythingAndSeesNothing() {
    keys = KeyRing.EMPTY;
    Principal nobody = policy.identify(List.of(), List.of("ada"));
    assertThat(nobody).isEqualTo(Principal.NOBODY);
    assertThat(nobody.seesAllTasks()).isFalse();
    assertThat(nobody.sees("shop")).isFalse();
    policy.check(nobody, Permission.OPEN);
    for (Permission permission : Permission.values()) {
      if (permission != Permission.OPEN) {
        assertThat(code(nobody, permission)).isEqualTo(ErrorCode.UNAUTHENTICATED);
      }
    }
    assertThat(code(nobody, null)).isEqualTo(ErrorCode.UNAUTHENTICATED);
  }

  @Test
  void aRouteThatSaysNothingIsNobodys() {
    Principal all = Principal.of(key(null, null, "read", "submit", "operate", "predict"));
    assertThat(code(all, null)).isEqualTo(ErrorCode.PERMISSION_DENIED);
    for (Permission permission : Permission.values()) {
      policy.check(all, permission);
    }
    Principal none = Principal.of(key(null, null));
    assertThat(code(none, Permission.KEY)).isEqualTo(ErrorCode.PERMISSION_DENIED);
  }

  private ErrorCode code(Principal principal, @Nullable Permission permission) {
    try {
      policy.check(principal, permission);
    } catch (DiffstreamException e) {
      return e.code();
    }
    throw new AssertionError(principal + " may " + permission);
  }

  @Test
  void beforeKeysAreReadNobodyIsRefusedForGood() {
    assertThatThrownBy(() -> ask("Bearer " + secret.text())).hasMessageContaining("NOT_READY");
  }

  @Test
  void withoutAccessControlCallersAreWhoTheySay() {
    Principal somebody = AccessPolicy.open().identify(List.of("Bearer x"), List.of("ada"));
    assertThat(somebody.actor().text()).isEqualTo("ada");
    AccessPolicy.open().check(somebody, null);
  }

  @Test
  void aFloodOfRefusalsMakesFewRecords() {
    Principal ada = Principal.of(key(null, null, "read"));
    for (int i = 0; i < 1_000; i++) {
      refusals.add(ada, ErrorCode.PERMISSION_DENIED, "GET /" + i);
    }
    assertThat(refusals.due())
        .singleElement()
        .satisfies(
            record -> {
              assertThat(record.attempts()).isEqualTo(1_000);
              assertThat(record.detail()).isEqualTo("GET /0");
              assertThat(record.actor()).isEqualTo("ada");
            });
    refusals.add(ada, ErrorCode.PERMISSION_DENIED, "GET /x");
    assertThat(refusals.due()).isEmpty();
    now = NOW.plusSeconds(60);
    assertThat(refusals.due()).singleElement().extracting(r -> r.attempts()).isEqualTo(1L);
    now = NOW.plusSeconds(120);
    assertThat(refusals.due()).isEmpty();
  }
}
