package dev.diffstream.cli.client;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.Event;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.GatewayFarewell;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunProgressed;
import dev.diffstream.schemas.event.VersionAnnounced;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows runs from progress to residency: the topics that tell what became of a task. */
public final class RunWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunWatch.class);
  private static final List<String> TOPICS =
      List.of(Topics.RUNS, Topics.DIFFS, Topics.ANNOUNCEMENTS, Topics.RESIDENCY);

  private final List<Follower> followers = new ArrayList<>();

  public RunWatch(EventLog log) {
    TOPICS.forEach(topic -> followers.add(log.follow(topic)));
  }

  /** What a follower may hear. */
  public interface Listener {
    void progressed(RunProgressed progress);

    void failed(RunFailed failure);

    void published(DiffPublished published);

    void announced(VersionAnnounced announced);

    void resident(GatewayResidency residency);

    /** A gateway stopped: what its incarnation had loaded serves no longer. */
    void stopped(GatewayFarewell farewell);
  }

  /** Hands on what came, waiting at most {@code timeout} for the first topic. */
  public void poll(Duration timeout, Listener listener) {
    Duration wait = timeout;
    for (Follower follower : followers) {
      follower.poll(wait).forEach(received -> decode(received, event -> tell(listener, event)));
      wait = Duration.ofMillis(1);
    }
  }

  public boolean caughtUp() {
    return followers.stream().allMatch(Follower::caughtUp);
  }

  private static void decode(Received received, Consumer<Event> consumer) {
    if (received.value().length == 0) {
      return;
    }
    try {
      consumer.accept(EventCodec.decode(received.headers(), received.value()).data());
    } catch (DiffstreamException e) {
      LOG.debug(
          "passed over {}/{}/{}: {}",
          received.topic(),
          received.partition(),
          received.offset(),
          e.getMessage());
    }
  }

  private static void tell(Listener listener, Event event) {
    if (event instanceof RunProgressed progress) {
      listener.progressed(progress);
    } else if (event instanceof RunFailed failure) {
      listener.failed(failure);
    } else if (event instanceof DiffPublished published) {
      listener.published(published);
    } else if (event instanceof VersionAnnounced announced) {
      listener.announced(announced);
    } else if (event instanceof GatewayResidency residency) {
      listener.resident(residency);
    } else if (event instanceof GatewayFarewell farewell) {
      listener.stopped(farewell);
    }
  }

  @Override
  public void close() {
    followers.forEach(Follower::close);
  }
}
