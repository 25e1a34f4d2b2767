package dev.diffstream.registry.admission;

import dev.diffstream.registry.admission.WorkTopic.Sent;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.registry.Admission;
import dev.diffstream.schemas.registry.AdmissionBuilder;
import dev.diffstream.service.DueTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The events of one base: which wait, and what was decided about the others. A decision is written
 * under the next number, then the event is sent to the work topic; a decision whose event does not
 * appear there, since its registry has died between the two, is sent by another. Belongs to the
 * registrar's thread.
 */
final class BaseQueue implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BaseQueue.class);

  /** Time for another registry to send what it has decided. */
  static final Duration GRACE = Duration.ofSeconds(10);

  private final String baseDigest;
  private final String registryId;
  private final AdmissionLog log;
  private final SetAside setAside;
  private final WorkTopic topic;
  private final AdmissionSettings settings;
  private final InstantSource clock;
  private final OwnerTurns owners;
  private final Outcomes outcomes;
  private final WaitingEvents waiting = new WaitingEvents();
  private final Set<QueuedEvent> ending = new LinkedHashSet<>();
  private final Set<QueuedEvent> ahead = new HashSet<>();
  private final Map<Long, Unsent> unsent = new LinkedHashMap<>();
  private final NumberSet sentNumbers = new NumberSet();
  private long last; // of the numbers that are known without a hole

  /** A decision whose event is not known to stand in the topic. */
  private record Unsent(Admission admission, Instant due) {}

  /** What the queue asks and tells. */
  interface Outcomes {
    /** The event without an outcome that was sent first to this place. */
    Optional<QueuedEvent> at(String place);

    /** Whether the record at this place has come already. */
    boolean hasSeen(String place);

    /** An event has got a decision. */
    void decided(Decision decision);

    /** An event ends here: it was cancelled or refused. */
    void end(QueuedEvent event, FailureCode code, String reason);
  }

  BaseQueue(
      String baseDigest,
      String registryId,
      AdmissionLog log,
      SetAside setAside,
      WorkTopic topic,
      AdmissionSettings settings,
      OwnerTurns owners,
      InstantSource clock,
      Outcomes outcomes) {
    this.baseDigest = baseDigest;
    this.registryId = registryId;
    this.log = log;
    this.setAside = setAside;
    this.topic = topic;
    this.settings = settings;
    this.owners = owners;
    this.clock = clock;
    this.outcomes = outcomes;
  }

  String topic() {
    return topic.name();
  }

  /** Reads on in the topic. */
  void poll(Duration wait) {
    for (Sent sent : topic.poll(wait)) {
      sentNumbers.add(sent.number());
      unsent.remove(sent.number());
      outcomes.decided(new Decision(baseDigest, sent.place(), sent.number(), sent.control(), true));
    }
  }

  boolean caughtUp() {
    return topic.caughtUp();
  }

  /**
   * Reads the decisions that do not stand in the topic; whoever made them may be about to send
   * them. To be called at the topic's end.
   */
  void readLog() {
    for (long number : log.numbers(baseDigest, sentNumbers.allUpTo())) {
      if (!sentNumbers.contains(number) && !unsent.containsKey(number)) {
        adoptStored(number);
      }
    }
  }

  /** A decision that cannot be read is passed over: its event waits for the next one. */
  private void adoptStored(long number) {
    boolean read =
        setAside.unlessReadable(
            ObjectKeys.admission(baseDigest, number),
            () -> adopt(log.get(baseDigest, number), clock.instant().plus(GRACE)));
    if (!read) {
      sentNumbers.add(number);
    }
  }

  /** Puts the event where its state says. */
  void place(QueuedEvent event) {
    if (event.mayGoOn()) {
      waiting.add(event);
    } else {
      waiting.remove(event);
    }
    if (event.isEnding()) {
      ending.add(event);
    } else {
      ending.remove(event);
    }
    if (event.isAhead()) {
      ahead.add(event);
    } else {
      ahead.remove(event);
    }
  }

  /** The event has its outcome. */
  void forget(QueuedEvent event) {
    waiting.remove(event);
    ending.remove(event);
    ahead.remove(event);
  }

  /** Whether {@link #settle} has something to do. */
  boolean hasWork() {
    return unsent.values().stream().anyMatch(this::isDue) || next().isPresent();
  }

  /** Sends what was decided and not sent, then decides about the next events. */
  void settle() {
    sendUnsent();
    for (Optional<QueuedEvent> next = next(); next.isPresent(); next = next()) {
      decide(next.get());
      sendUnsent();
    }
  }

  private Optional<QueuedEvent> next() {
    if (!ending.isEmpty()) {
      return Optional.of(ending.iterator().next());
    }
    return ahead.size() >= settings.ahead()
        ? Optional.empty()
        : waiting.next(owners::running, owners::mayGoOn);
  }

  private void decide(QueuedEvent event) {
    Admission admission = admission(event);
    if (log.put(admission)) {
      LOG.info(
          "admission {} to {}: run {} of task {}, {}",
          admission.number(),
          topic.name(),
          admission.runId(),
          admission.taskId(),
          admission.kind());
      waiting.tookTurn(event.event().owner());
      adopt(admission, clock.instant());
    } else {
      adoptStored(admission.number());
    }
  }

  private void adopt(Admission admission, Instant due) {
    unsent.put(admission.number(), new Unsent(admission, due));
    outcomes.decided(Decision.of(admission));
  }

  private boolean isDue(Unsent decision) {
    return DueTime.isPast(decision.due(), GRACE, clock.instant())
        && outcomes.hasSeen(decision.admission().event().place());
  }

  private void sendUnsent() {
    for (Unsent decision : List.copyOf(unsent.values())) {
      if (isDue(decision)) {
        send(decision.admission());
        unsent.remove(decision.admission().number());
        sentNumbers.add(decision.admission().number());
      }
    }
  }

  /** Does nothing for an event that has its outcome already. */
  private void send(Admission admission) {
    QueuedEvent event = outcomes.at(admission.event().place()).orElse(null);
    if (event == null) {
      return;
    }
    if (!admission.admits()) {
      outcomes.end(
          event,
          Objects.requireNonNullElse(admission.errorCode(), FailureCode.of(ErrorCode.CANCELLED)),
          Objects.requireNonNullElse(admission.reason(), admission.kind()));
      return;
    }
    try {
      topic.send(event.event(), admission);
    } catch (DiffstreamException e) {
      if (e.code() != ErrorCode.INVALID_EVENT) {
        throw e;
      }
      outcomes.end(event, FailureCode.of(e.code()), e.reason()); // larger than the log takes
    }
  }

  private Admission admission(QueuedEvent queued) {
    TaskEvent event = queued.event();
    long control = queued.newestControl();
    AdmissionBuilder admission =
        AdmissionBuilder.builder()
            .baseDigest(baseDigest)
            .number(nextNumber())
            .taskId(event.taskId())
            .runId(event.runId())
            .event(event.origin())
            .kind(kind(queued))
            .priority(event.priority())
            .owner(event.task().owner())
            .decidedBy(registryId)
            .control(control == 0 ? null : (Long) control)
            .created(clock.instant());
    if (queued.isCancelled()) {
      admission.errorCode(FailureCode.of(ErrorCode.CANCELLED)).reason(queued.cancellation());
    } else if (queued.isEnding()) {
      admission.errorCode(FailureCode.of(ErrorCode.QUOTA_EXCEEDED)).reason(queued.refusal());
    }
    return admission.build();
  }

  /**
   * The first number of which nothing is known. Numbers above it may be taken: what is decided
   * under each is read before one is added.
   */
  private long nextNumber() {
    while (sentNumbers.contains(last + 1) || unsent.containsKey(last + 1)) {
      last++;
    }
    return last + 1;
  }

  private static String kind(QueuedEvent event) {
    if (event.isCancelled()) {
      return Admission.CANCEL;
    }
    if (event.isEnding()) {
      return Admission.REFUSE;
    }
    if (event.isPaused()) {
      return Admission.RESUME;
    }
    return event.isRetry() ? Admission.RETRY : Admission.FIRST;
  }

  @Override
  public void close() {
    topic.close();
  }
}
