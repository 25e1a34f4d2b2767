package dev.diffstream.registry.announce;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.registry.runs.RunLedger;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.Encoded;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.AliasGeneration;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the last announcement of every task on the topic at the task's newest alias generation
 * (I5). It follows the topic that it writes: compaction keeps the latest record, so a slower
 * registry's lower generation, sent last, must be announced over. Belongs to the registrar's
 * thread.
 */
public final class Announcer {
  private static final Logger LOG = LoggerFactory.getLogger(Announcer.class);

  private final EventLog log;
  private final EventLog.Follower follower;
  private final String source;
  private final InstantSource clock;
  private final Function<String, @Nullable String> owners;
  private final Set<String> withoutOwner = new HashSet<>();
  private final Map<String, Long> lastOnTopic = new HashMap<>();
  private final Map<String, Long> sentNotSeen = new HashMap<>();

  /**
   * @param follower of the announcements; belongs to the caller
   * @param owners whose each task is, by its id; null: nobody's
   */
  public Announcer(
      EventLog log,
      EventLog.Follower follower,
      String registryId,
      InstantSource clock,
      Function<String, @Nullable String> owners) {
    this.owners = owners;
    this.log = log;
    this.follower = follower;
    this.source = RunLedger.REGISTRY_SOURCE + "/" + registryId;
    this.clock = clock;
  }

  /** Reads on; returns the tasks that were announced. */
  public Set<String> poll(Duration timeout) {
    Set<String> tasks = new HashSet<>();
    for (Received received : follower.poll(timeout)) {
      try {
        VersionAnnounced announced =
            EventCodec.decode(received.headers(), received.value())
                .as(VersionAnnounced.class)
                .data();
        lastOnTopic.put(announced.taskId(), announced.generation());
        if (announced.owner() == null) {
          withoutOwner.add(announced.taskId());
        } else {
          withoutOwner.remove(announced.taskId());
        }
        sentNotSeen.computeIfPresent(
            announced.taskId(), (task, sent) -> sent <= announced.generation() ? null : sent);
        tasks.add(announced.taskId());
      } catch (DiffstreamException e) {
        LOG.warn("skipped {}: {}", RunLedger.place(received), e.getMessage());
      }
    }
    return tasks;
  }

  /** The generation last on the topic, by task, up to where the follower stands now. */
  public Map<String, Long> lastOnTopic() {
    return Map.copyOf(lastOnTopic);
  }

  /** What {@link #lastOnTopic} gave where the follower began. */
  public void resume(Map<String, Long> onTopic) {
    onTopic.forEach(
        (task, generation) -> {
          if (generation > 0) {
            lastOnTopic.putIfAbsent(task, generation);
          }
        });
  }

  /** The generation last on the topic, or sent there; 0: none. */
  public long generation(String taskId) {
    return Math.max(lastOnTopic.getOrDefault(taskId, 0L), sentNotSeen.getOrDefault(taskId, 0L));
  }

  /** Whether the topic should be told of {@code newest}: it, or whose the task is, is not there. */
  public boolean lacks(AliasGeneration newest) {
    return generation(newest.taskId()) != newest.generation() || lacksOwner(newest.taskId());
  }

  private boolean lacksOwner(String task) {
    return withoutOwner.contains(task) && owners.apply(task) != null;
  }

  /** Announces {@code newest}, unless it stands last on the topic or was sent and is on its way. */
  public boolean announce(AliasGeneration newest, Map<String, String> trace) {
    boolean known = generation(newest.taskId()) >= newest.generation();
    if (known && !lacksOwner(newest.taskId())) {
      return false;
    }
    withoutOwner.remove(newest.taskId());
    send(newest, trace);
    sentNotSeen.put(newest.taskId(), newest.generation());
    return true;
  }

  /** Sends it, whatever stands on the topic. By any thread. */
  public void send(AliasGeneration newest, Map<String, String> trace) {
    VersionAnnounced announced = VersionAnnounced.of(newest).ownedBy(owners.apply(newest.taskId()));
    Encoded encoded =
        EventCodec.encode(
            new EventEnvelope<>(
                newest.taskId() + "/" + newest.generation(),
                source,
                clock.instant(),
                trace,
                announced));
    log.publish(
        Topics.ANNOUNCEMENTS, new Message(newest.taskId(), encoded.headers(), encoded.value()));
  }
}
