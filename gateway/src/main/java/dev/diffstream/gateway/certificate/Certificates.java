package dev.diffstream.gateway.certificate;

import static dev.diffstream.schemas.ErrorCode.SELF_TEST_FAILED;

import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.residency.ResidencySender;
import dev.diffstream.schemas.event.GatewayResidency.Certificate;
import dev.diffstream.service.Quarantine;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * After a new champion serves, compares what other tasks say to their probes with what they said
 * before, and tells the result in the champion's residency. One version after the other, beside
 * everything else; a version that serves no more is passed over. Versions that the gateway began
 * with, and heads alone, get no certificate, but are compared with what they said at first. A
 * difference stands in the quarantine under {@code certificates/<task>} until a later certificate
 * of the task has none. Belongs to the follower's thread.
 */
public final class Certificates {
  private static final Logger LOG = LoggerFactory.getLogger(Certificates.class);
  private static final String KEY = "certificates/";

  /** A certificate waits so long at most; most diffs of a start are not in memory. */
  private static final int ASKED_FIRST_AT_ONCE = 64;

  private final CertificateLane lane;
  private final ProbeReplay replay;
  private final ResidencySender residency;
  private final Quarantine quarantine;
  private final InstantSource clock;
  private final FirstAnswers first = new FirstAnswers();
  private final Map<String, ResidentDiff> toCertify = new LinkedHashMap<>();
  private final Queue<ResidentDiff> toAskFirst = new ArrayDeque<>();
  private final Queue<Runnable> done = new ConcurrentLinkedQueue<>();
  private @Nullable Comparison running;

  public Certificates(
      CertificateLane lane,
      ProbeReplay replay,
      ResidencySender residency,
      Quarantine quarantine,
      InstantSource clock) {
    this.lane = lane;
    this.replay = replay;
    this.residency = residency;
    this.quarantine = quarantine;
    this.clock = clock;
  }

  /**
   * A diff answers for its task from now on.
   *
   * @param before what answered until now, or null
   * @param ready whether the gateway serves everything that it began with
   */
  public void served(ResidentDiff diff, @Nullable ResidentDiff before, boolean ready) {
    if (before != null && before.digest().equals(diff.digest())) {
      return;
    }
    if (ready && diff.version() > 0) {
      toCertify.remove(diff.taskId());
      toCertify.put(diff.taskId(), diff);
    } else {
      toAskFirst.add(diff);
    }
  }

  /** Nothing of the task is served any more. */
  public void forget(String task) {
    toCertify.remove(task);
    quarantine.resolve(KEY + task);
  }

  /** Takes what was found, and starts the next unless one runs. */
  public void step(ServingCatalog catalog) {
    for (Runnable next = done.poll(); next != null; next = done.poll()) {
      next.run();
    }
    Comparison now = running;
    if (now != null && !serves(catalog, now.subject())) {
      now.abandon();
    }
    if (now == null && catalog.ready()) {
      startNext(catalog);
    }
  }

  private static boolean serves(ServingCatalog catalog, ResidentDiff diff) {
    ResidentDiff serving = catalog.resident().get(diff.taskId());
    return serving != null && serving.digest().equals(diff.digest());
  }

  private void startNext(ServingCatalog catalog) {
    while (!toCertify.isEmpty()) {
      ResidentDiff next = toCertify.values().iterator().next();
      toCertify.remove(next.taskId());
      if (serves(catalog, next)) {
        certify(next, catalog);
        return;
      }
    }
    if (!toAskFirst.isEmpty()) {
      askFirst();
    }
  }

  private void askFirst() {
    List<Comparison> some = new ArrayList<>();
    while (some.size() < ASKED_FIRST_AT_ONCE && !toAskFirst.isEmpty()) {
      some.add(new Comparison(replay, first, toAskFirst.remove()));
    }
    start(
        some.getLast(),
        () -> {
          some.forEach(Comparison::noteFirst);
          return Optional.empty();
        });
  }

  private void certify(ResidentDiff diff, ServingCatalog catalog) {
    Comparison comparison = new Comparison(replay, first, diff);
    start(
        comparison,
        () -> {
          Optional<Comparison.Found> found =
              comparison.compareOthers(catalog.resident(), Certificate.MAX_TASKS);
          comparison.noteFirst();
          return found;
        });
  }

  private void start(Comparison comparison, Supplier<Optional<Comparison.Found>> work) {
    running = comparison;
    lane.executor()
        .execute(
            () -> {
              try {
                Optional<Comparison.Found> found = work.get();
                done.add(() -> ended(comparison.subject(), found));
              } catch (RuntimeException | Error e) { // it ends the follower's step
                done.add(
                    () -> {
                      running = null;
                      throw e;
                    });
              }
            });
  }

  private void ended(ResidentDiff diff, Optional<Comparison.Found> result) {
    running = null;
    if (result.isEmpty() || toCertify.containsKey(diff.taskId())) {
      return;
    }
    Comparison.Found found = result.get();
    String base = diff.metadata().baseDigest();
    lane.counts().add(found);
    residency.certified(
        diff.taskId(),
        diff.digest(),
        new Certificate(
            base,
            replay.baseChecked(base).orElse(null),
            found.tasks(),
            found.tasks() - found.different().size(),
            found.different(),
            clock.instant()));
    if (found.different().isEmpty()) {
      quarantine.resolve(KEY + diff.taskId());
    } else {
      differs(diff, found);
    }
  }

  private void differs(ResidentDiff diff, Comparison.Found found) {
    String what =
        "since version %d of task %s serves, of %d tasks these give other bits than before: %s"
            .formatted(
                diff.version(), diff.taskId(), found.tasks(), String.join(", ", found.different()));
    LOG.error("{}", what);
    quarantine.add(KEY + diff.taskId(), SELF_TEST_FAILED, what);
  }
}
