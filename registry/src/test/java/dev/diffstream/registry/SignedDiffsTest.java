package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.signature.SigningKey;
import dev.diffstream.schemas.signature.TrustedKeys;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A registry that trusts two keys. */
class SignedDiffsTest {
  private static final SigningKey OLD = SigningKey.generate();
  private static final SigningKey NOW = SigningKey.generate();
  private static final byte[] DIFF = InMemoryBackends.diff("reviews", new int[] {1, 2, 3}, 0.9);

  private final InMemoryBackends backends = new InMemoryBackends();

  @Test
  void aSignedDiffBecomesAVersion() {
    sign(publish("e1", DIFF).digest(), OLD, NOW.verificationKey().id());
    run();
    assertThat(failures()).as("a bundle under the name of another key").hasSize(1);
    sign(publish("e2", DIFF).digest(), OLD, OLD.verificationKey().id());
    run();
    assertThat(backends.events(Topics.ANNOUNCEMENTS, VersionAnnounced.class)).hasSize(1);
    assertThat(failures()).hasSize(1);
  }

  @Test
  void anUnsignedDiffIsRefusedOnce() {
    DiffPublished event = publish("e1", DIFF);
    run();
    run();
    refused(event, ObjectKeys.diff(event.digest()), NOW.verificationKey().id(), "found no object");
  }

  @Test
  void theKeyOfAStrangerDoesNotCount() {
    DiffPublished event = publish("e1", DIFF);
    SigningKey stranger = SigningKey.generate();
    sign(event.digest(), stranger, stranger.verificationKey().id());
    sign(event.digest(), stranger, NOW.verificationKey().id());
    run();
    refused(event, "one by key " + stranger.verificationKey().id());
  }

  @Test
  void aSignatureOfAnotherFileDoesNotCount() {
    DiffPublished event = publish("e1", DIFF);
    backends.store.put(
        ObjectKeys.signature(event.digest(), NOW.verificationKey().id()),
        NOW.sign(Sha256.of("another file")),
        Map.of());
    run();
    refused(event, "expected " + event.digest(), "found " + Sha256.of("another file"));
  }

  @Test
  void theSignatureIsCheckedBeforeTheFileIsRead() {
    DiffPublished event = publish("e1", new byte[] {1, 2, 3});
    run();
    refused(event, "is not signed by a trusted key");
  }

  @Test
  void anOversizeSignatureIsRefused() {
    DiffPublished event = publish("e1", DIFF);
    backends.store.put(
        ObjectKeys.signature(event.digest(), NOW.verificationKey().id()),
        new byte[100_000],
        Map.of());
    run();
    refused(event, "at most 65536 bytes", "found a larger object");
  }

  @Test
  void aDiffWhoseEventWasLostMustBeSignedToo() {
    DiffPublished lost = backends.stored("reviews", "e1", DIFF);
    backends.report(lost);
    run();
    refused(lost, "is not signed by a trusted key");
  }

  private DiffPublished publish(String id, byte[] diff) {
    return backends.publish("reviews", id, diff);
  }

  private void sign(String digest, SigningKey key, String under) {
    backends.store.put(ObjectKeys.signature(digest, under), key.sign(digest), Map.of());
  }

  private void refused(DiffPublished event, String... says) {
    assertThat(backends.registryObjects()).isEmpty();
    assertThat(failures()).hasSize(1);
    assertThat(failures().getFirst().errorCode().orUnsupported())
        .isEqualTo(ErrorCode.SIGNATURE_INVALID);
    assertThat(failures().getFirst().message()).contains(says);
    List<Received> letters = backends.records(Topics.TASKS_DEAD_LETTERS);
    assertThat(letters).hasSize(1);
    assertThat(InMemoryBackends.error(letters.getFirst())).isEqualTo("SIGNATURE_INVALID");
    assertThat(Json.read(letters.getFirst().value(), DiffPublished.class, "letter"))
        .isEqualTo(event);
  }

  private List<RunFailed> failures() {
    return backends.events(Topics.RUNS, RunFailed.class);
  }

  private void run() {
    TrustedKeys keys = new TrustedKeys(List.of(OLD.verificationKey(), NOW.verificationKey()));
    try (Registrar registrar =
        InMemoryBackends.registrar(backends.store, backends.log, InMemoryBackends.settings(keys))) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
      registrar.step(Duration.ZERO);
    }
  }
}
