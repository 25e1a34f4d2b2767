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
  private final Map<String, Long> lastOnTopic = new HashMap<>();
  private final Map<String, Long> sentNotSeen = new HashMap<>();

  /**
   * @param follower of the announcements; belongs to the caller
   */
  public Announcer(
      EventLog log, EventLog.Follower follower, String registryId, InstantSource clock) {
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

  /** Announces {@code newest}, unless it stands last on the topic or was sent and is on its way. */
  public boolean announce(AliasGeneration newest, Map<String, String> trace) {
    if (generation(newest.taskId()) >= newest.generation()) {
      return false;
    }
    send(newest, trace);
    sentNotSeen.put(newest.taskId(), newest.generation());
    return true;
  }

  /** Sends it, whatever stands on the topic. By any thread. */
  public void send(AliasGeneration newest, Map<String, String> trace) {
    VersionAnnounced announced = VersionAnnounced.of(newest);
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
