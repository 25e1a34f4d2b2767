package dev.diffstream.gateway.residency;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.VersionHealth;
import dev.diffstream.gateway.confidence.Confidences;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.Encoded;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.GatewayFarewell;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidency.State;
import dev.diffstream.schemas.event.GatewayResidencyBuilder;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Provisional;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the residency of each announced task: loaded, withdrawn or failed, and what is found of
 * the version that serves. The topic keeps the last word of each task, so each says all. While the
 * broker is away, the newest event of each task waits here; serving goes on. Belongs to the
 * follower's thread.
 */
public final class ResidencySender {
  private static final Logger LOG = LoggerFactory.getLogger(ResidencySender.class);

  /** Each waits for the broker, and announcements wait for them. */
  private static final int MAX_AT_ONCE = 64;

  private final EventLog log;
  private final String gatewayId;
  private final String incarnation;
  private final InstantSource clock;
  private final LastWords said = new LastWords();
  private final Map<String, Message> unsent = new LinkedHashMap<>();

  /**
   * @param gatewayId names the gateway among all gateways
   * @param incarnation names its process among all that had this id
   */
  public ResidencySender(EventLog log, String gatewayId, String incarnation, InstantSource clock) {
    this.log = log;
    this.gatewayId = gatewayId;
    this.incarnation = incarnation;
    this.clock = clock;
  }

  /** The champion of {@code announced} serves, or its provisional, and its canary if it has one. */
  public void loaded(VersionAnnounced announced, Map<String, String> trace) {
    report(announced, residency(announced).state(State.LOADED).build(), trace);
  }

  /** Nothing of the task serves, as {@code announced} says. */
  public void withdrawn(VersionAnnounced announced, Map<String, String> trace) {
    report(announced, residency(announced).state(State.WITHDRAWN).build(), trace);
  }

  /**
   * The champion of {@code announced} does not serve.
   *
   * @param serving the version that answers in its place; 0 for none
   */
  public void failed(
      VersionAnnounced announced,
      DiffstreamException failure,
      long serving,
      Map<String, String> trace) {
    String inPlace = serving == 0 ? "nothing serves; " : "version " + serving + " serves; ";
    report(
        announced,
        residency(announced)
            .state(State.FAILED)
            .errorCode(FailureCode.of(failure.code()))
            .message(inPlace + failure.reason())
            .build(),
        trace);
  }

  /** The champion of {@code announced} serves, and answers what its canary should. */
  public void withoutCanary(
      VersionAnnounced announced,
      long canary,
      DiffstreamException failure,
      Map<String, String> trace) {
    report(
        announced,
        residency(announced)
            .state(State.LOADED)
            .errorCode(FailureCode.of(failure.code()))
            .message("canary version %d is not loaded: %s".formatted(canary, failure.reason()))
            .build(),
        trace);
  }

  /**
   * The candidate of {@code announced} was tested.
   *
   * @param serves whether something serves the task
   * @param failure null if it has passed
   */
  public void tested(
      VersionAnnounced announced,
      boolean serves,
      AliasTarget candidate,
      @Nullable DiffstreamException failure,
      Map<String, String> trace) {
    report(
        announced,
        residency(announced)
            .state(serves ? State.LOADED : State.WITHDRAWN)
            .candidate(
                new GatewayResidency.Candidate(
                    candidate.version(),
                    candidate.digest(),
                    failure == null ? null : FailureCode.of(failure.code()),
                    failure == null ? null : failure.reason()))
            .build(),
        trace);
  }

  /** A version of {@code announced} serves and answers badly. */
  public void unhealthy(VersionAnnounced announced, VersionHealth.Unhealthy version) {
    ResidentDiff diff = version.diff();
    report(
        announced,
        residency(announced)
            .version(diff.version())
            .digest(diff.digest())
            .state(State.LOADED)
            .errorCode(FailureCode.of(ErrorCode.SELF_TEST_FAILED))
            .message(
                "%s version %d gave no answer to %d of %d examples"
                    .formatted(
                        diff.servedAs().alias(),
                        diff.version(),
                        version.faults(),
                        version.examples()))
            .health(
                new GatewayResidency.Health(version.examples(), version.faults(), version.since()))
            .build(),
        diff.trace());
  }

  /** A version of the task has changed the answers of other tasks, or of none. */
  public void certified(String task, String digest, GatewayResidency.Certificate certificate) {
    said.certified(task, digest, certificate).ifPresent(this::send);
  }

  /** How sure of its answers a champion is has changed. */
  public void confident(Confidences.Told told) {
    said.confident(told.task(), told.digest(), told.confidence()).ifPresent(this::send);
  }

  private GatewayResidencyBuilder residency(VersionAnnounced announced) {
    AliasTarget champion = announced.aliases().get(AliasGeneration.CHAMPION);
    Provisional head = announced.provisional();
    String headDigest = head == null ? null : head.digest();
    return GatewayResidencyBuilder.builder()
        .gatewayId(gatewayId)
        .incarnation(incarnation)
        .taskId(announced.taskId())
        .baseDigest(champion == null ? null : champion.baseDigest())
        .generation(announced.generation())
        .version(champion == null ? 0 : champion.version())
        .digest(champion == null ? headDigest : champion.digest());
  }

  private void report(
      VersionAnnounced announced, GatewayResidency word, Map<String, String> trace) {
    send(said.say(announced.taskId(), word, trace, clock.instant()));
  }

  private void send(LastWords.Said next) {
    GatewayResidency word = next.word();
    String key = gatewayId + "/" + word.taskId();
    Encoded encoded =
        EventCodec.encode(
            new EventEnvelope<>(
                eventId(key, word),
                "/diffstream/gateway/" + gatewayId,
                next.time(),
                next.trace(),
                word));
    unsent.put(word.taskId(), new Message(key, encoded.headers(), encoded.value()));
  }

  private static String eventId(String key, GatewayResidency word) {
    String id = key + "/" + word.generation() + "/" + word.state().text();
    String failure = word.errorCode() == null ? "" : "/" + word.errorCode().name();
    String candidate =
        word.candidate() == null
            ? ""
            : "/candidate-"
                + word.candidate().version()
                + (word.candidate().errorCode() == null ? "" : "-failed");
    String health = word.health() == null ? "" : "/health-" + word.version();
    String certificate =
        word.certificate() == null ? "" : "/certificate-" + word.certificate().time();
    String confidence =
        word.confidence() == null ? "" : "/confidence-" + Sha256.of(Json.write(word.confidence()));
    return id + failure + candidate + health + certificate + confidence;
  }

  /** Says once that this gateway stops; a broker that is away does not hold the stop up. */
  public void farewell() {
    Encoded encoded =
        EventCodec.encode(
            new EventEnvelope<>(
                gatewayId + "/" + incarnation,
                "/diffstream/gateway/" + gatewayId,
                clock.instant(),
                Map.of(),
                new GatewayFarewell(gatewayId, incarnation, "stopping")));
    try {
      log.publish(Topics.RESIDENCY, new Message(gatewayId, encoded.headers(), encoded.value()));
    } catch (DiffstreamException e) {
      LOG.warn("the farewell was not sent: {}", e.getMessage());
    }
  }

  /**
   * Sends the first of the waiting events in order, up to one that the broker does not take now.
   * One that it can never take is dropped; a missing right is granted one day and concerns them
   * all.
   */
  public void flush() {
    for (int sent = 0; sent < MAX_AT_ONCE && !unsent.isEmpty(); sent++) {
      Map.Entry<String, Message> next = unsent.entrySet().iterator().next();
      try {
        log.publish(Topics.RESIDENCY, next.getValue());
      } catch (DiffstreamException e) {
        if (e.code().retryable() || e.code() == ErrorCode.DATA_FORBIDDEN) {
          LOG.warn("residency of task {} is not sent yet: {}", next.getKey(), e.getMessage());
          return;
        }
        LOG.error("residency of task {} cannot be sent: {}", next.getKey(), e.getMessage());
      }
      unsent.remove(next.getKey());
    }
  }
}
