package dev.diffstream.gateway;

import static dev.diffstream.schemas.ErrorCode.SELF_TEST_FAILED;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.GatewayResidency.State;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.service.Backoff;
import dev.diffstream.telemetry.TraceContext;
import io.opentelemetry.api.trace.StatusCode;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the announcements from their beginning and makes each task's newest champion resident. A
 * task that cannot be loaded keeps its older version and holds up no other; a failure that may pass
 * is tried again, ever more rarely.
 *
 * <p>{@link #step} belongs to one thread; {@link #image} is for every thread.
 */
final class AnnouncementFollower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AnnouncementFollower.class);
  private static final Duration MIN_PAUSE = Duration.ofMillis(200);
  private static final Duration MAX_PAUSE = Duration.ofSeconds(30);

  private final Follower follower;
  private final DiffLoader loader;
  private final ResidencySender residency;
  private final GatewaySpans spans;
  private final LongSupplier nanoTime;
  private final Map<String, Long> generations = new HashMap<>();
  private final Map<String, Wanted> wanted = new LinkedHashMap<>();
  private volatile ServingImage image = ServingImage.EMPTY;

  /** A task's newest announcement, until it is settled. */
  private static final class Wanted {
    final VersionAnnounced announced;
    final Map<String, String> trace;
    final Backoff backoff = new Backoff(MIN_PAUSE, MAX_PAUSE);
    long due;
    boolean tried;

    Wanted(VersionAnnounced announced, Map<String, String> trace, long now) {
      this.announced = announced;
      this.trace = trace;
      this.due = now;
    }
  }

  AnnouncementFollower(
      EventLog log,
      DiffLoader loader,
      ResidencySender residency,
      GatewaySpans spans,
      LongSupplier nanoTime) {
    this.follower = log.follow(Topics.ANNOUNCEMENTS);
    this.loader = loader;
    this.residency = residency;
    this.spans = spans;
    this.nanoTime = nanoTime;
  }

  /** The newest image. */
  ServingImage image() {
    return image;
  }

  /**
   * Reads on, waiting up to {@code wait} when there is nothing else to do, and loads what is due.
   */
  void step(Duration wait) {
    boolean busy = wanted.values().stream().anyMatch(this::isDue);
    follower.poll(busy ? Duration.ZERO : wait).forEach(this::onRecord);
    if (!image.ready() && !follower.caughtUp()) {
      return; // load only what is newest at the end
    }
    for (Wanted next : List.copyOf(wanted.values())) {
      if (isDue(next)) {
        attempt(next);
      }
    }
    residency.flush();
    if (!image.ready() && wanted.values().stream().allMatch(w -> w.tried)) {
      image = image.asReady();
      LOG.info(
          "ready: {} tasks resident, {} failed", image.resident().size(), image.failed().size());
    }
  }

  private boolean isDue(Wanted task) {
    return task.due - nanoTime.getAsLong() <= 0;
  }

  private void onRecord(Received received) {
    try {
      EventEnvelope<VersionAnnounced> event =
          EventCodec.decode(received.headers(), received.value()).as(VersionAnnounced.class);
      VersionAnnounced announced = event.data();
      long newest = generations.getOrDefault(announced.taskId(), 0L);
      if (announced.generation() > newest) {
        generations.put(announced.taskId(), announced.generation());
        wanted.put(
            announced.taskId(),
            new Wanted(announced, TraceContext.of(event.extensions()), nanoTime.getAsLong()));
      }
    } catch (DiffstreamException e) {
      LOG.warn(
          "skipped {}/{}/{}: {}",
          received.topic(),
          received.partition(),
          received.offset(),
          e.getMessage());
    }
  }

  private void attempt(Wanted task) {
    VersionAnnounced announced = task.announced;
    GatewaySpans.Loading span = spans.loading(announced.taskId(), task.trace);
    boolean first = !task.tried;
    task.tried = true;
    try {
      settle(announced, span.headers());
      wanted.remove(announced.taskId());
    } catch (DiffstreamException e) {
      failed(task, e, first, span);
    } catch (RuntimeException e) { // a fault of ours must not hold up the other tasks
      LOG.error("task {}", announced.taskId(), e);
      failed(
          task, new DiffstreamException(SELF_TEST_FAILED, "loading failed: " + e, e), first, span);
    } finally {
      span.span().end();
    }
  }

  private void settle(VersionAnnounced announced, Map<String, String> trace) {
    if (announced.aliases().isEmpty()) {
      image = image.without(announced.taskId());
      residency.settled(announced, State.WITHDRAWN, null, trace);
      LOG.info("withdrawn task={} generation={}", announced.taskId(), announced.generation());
    } else {
      image = image.withResident(resident(announced, trace));
      residency.settled(announced, State.LOADED, null, trace);
    }
  }

  private ResidentDiff resident(VersionAnnounced announced, Map<String, String> trace) {
    AliasTarget champion = DiffLoader.champion(announced);
    ResidentDiff serving = image.resident().get(announced.taskId());
    if (serving != null
        && serving.version() == champion.version()
        && serving.digest().equals(champion.digest())) {
      return serving.withGeneration(announced.generation());
    }
    ResidentDiff loaded = loader.load(announced, trace);
    LOG.info(
        "loaded task={} version={} digest={} generation={}",
        loaded.taskId(),
        loaded.version(),
        loaded.digest(),
        loaded.generation());
    return loaded;
  }

  private void failed(
      Wanted task, DiffstreamException e, boolean first, GatewaySpans.Loading span) {
    span.span().setStatus(StatusCode.ERROR, e.code().name());
    VersionAnnounced announced = task.announced;
    AliasTarget champion = announced.aliases().get("champion");
    image =
        image.withFailure(
            announced.taskId(),
            new ServingImage.Failure(
                champion == null ? 0 : champion.version(), e.code(), e.reason()));
    if (first) {
      residency.settled(announced, State.FAILED, e, span.headers());
      LOG.warn(
          "not loaded task={} generation={} {}",
          announced.taskId(),
          announced.generation(),
          e.getMessage());
    }
    if (e.code().retryable()) {
      task.due = nanoTime.getAsLong() + task.backoff.next().toNanos();
    } else {
      wanted.remove(announced.taskId());
    }
  }

  @Override
  public void close() {
    residency.farewell();
    follower.close();
  }
}
