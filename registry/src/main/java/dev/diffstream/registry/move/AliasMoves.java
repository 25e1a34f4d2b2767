package dev.diffstream.registry.move;

import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.TombstoneLog;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasGenerationBuilder;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.schemas.registry.VersionRecord;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Moves a task's aliases by writing the generation after the one that the caller saw (I4). Whoever
 * saw an older one is refused, and computes again from the newest.
 *
 * <p>Thread-safe, and safe together with other processes. Announcing is left to the caller.
 */
public final class AliasMoves {
  private final AliasLog aliases;
  private final VersionLog versions;
  private final TombstoneLog tombstones;

  public AliasMoves(AliasLog aliases, VersionLog versions, TombstoneLog tombstones) {
    this.aliases = aliases;
    this.versions = versions;
    this.tombstones = tombstones;
  }

  /**
   * The generation that the request makes, or has made before.
   *
   * @throws DiffstreamException TASK_UNKNOWN, VERSION_UNKNOWN; STALE_GENERATION if another move
   *     came first; INVALID_REQUEST if there is nothing to move, or the request's id belongs to
   *     another move
   */
  public AliasGeneration move(TaskId task, MoveRequest request) {
    AliasGeneration seen = seen(task, request);
    if (seen == null) {
      return followerOf(task, request);
    }
    AliasGenerationBuilder next = next(task, seen, request);
    return aliases.append(seen, next, Map.of()).orElseGet(() -> followerOf(task, request));
  }

  /** The generation that {@link #move} would make or has made; nothing is written. */
  public AliasGeneration preview(TaskId task, MoveRequest request) {
    AliasGeneration seen = seen(task, request);
    return seen == null
        ? followerOf(task, request)
        : next(task, seen, request).created(seen.created()).build();
  }

  /** The generation that the caller saw, if it is the newest; null if others follow it. */
  private @Nullable AliasGeneration seen(TaskId task, MoveRequest request) {
    AliasGeneration newest =
        aliases
            .newest(task)
            .orElseThrow(
                () ->
                    new DiffstreamException(
                        ErrorCode.TASK_UNKNOWN, "no aliases of task " + task + " to move"));
    if (newest.generation() < request.generation()) {
      throw stale(newest, request);
    }
    return newest.generation() == request.generation() ? newest : null;
  }

  /** The generation behind the one that the caller saw: this request's own, or another's. */
  private AliasGeneration followerOf(TaskId task, MoveRequest request) {
    AliasGeneration next = aliases.find(task, request.generation() + 1).orElse(null);
    Move made = next == null ? null : next.move();
    if (next == null || made == null || !request.requestId().equals(made.requestId())) {
      throw stale(aliases.newest(task).orElseThrow(), request);
    }
    if (!request.kind().equals(made.kind()) || !namesVersion(next, request)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "request id %s made generation %d of task %s, another move (%s)"
              .formatted(request.requestId(), next.generation(), task, made.kind()));
    }
    return next;
  }

  private static boolean namesVersion(AliasGeneration made, MoveRequest request) {
    MovedAliases now = new MovedAliases(made.aliases());
    return switch (request.kind()) {
      case Move.PROMOTE -> now.names(AliasGeneration.CHAMPION, request.namedVersion());
      case Move.CANARY -> now.names(AliasGeneration.CANARY, request.namedVersion());
      default -> true;
    };
  }

  private AliasGenerationBuilder next(TaskId task, AliasGeneration seen, MoveRequest request) {
    MovedAliases now = new MovedAliases(seen.aliases());
    AliasGenerationBuilder next =
        AliasGenerationBuilder.builder(seen)
            .generation(seen.generation() + 1)
            .move(request.asMove());
    switch (request.kind()) {
      case Move.PROMOTE -> {
        AliasTarget target = AliasTarget.of(version(task, request.namedVersion()));
        if (now.names(AliasGeneration.CHAMPION, target.version())) {
          throw nothing(task, "version " + target.version() + " is champion already");
        }
        next.aliases(now.promoted(target).aliases())
            .decidedThrough(Math.max(seen.decidedThrough(), target.version()))
            .provisional(null);
      }
      case Move.CANARY -> next.aliases(now.withCanary(canary(task, now, request)).aliases());
      case Move.ROLL_BACK ->
          next.aliases(
              now.rolledBack()
                  .orElseThrow(() -> nothing(task, "there is no previous version"))
                  .aliases());
      default ->
          next.aliases(withdrawn(task, seen, now, request).aliases())
              .decidedThrough(decidedWithout(seen, request.version()))
              .provisional(request.version() == null ? null : seen.provisional());
    }
    return next;
  }

  private AliasTarget canary(TaskId task, MovedAliases now, MoveRequest request) {
    VersionRecord version = version(task, request.namedVersion());
    if (!now.hasChampion()) {
      throw nothing(task, "a canary stands beside a champion, and there is none: promote");
    }
    if (now.names(AliasGeneration.CHAMPION, version.version())) {
      throw nothing(task, "version " + version.version() + " is champion, it can be no canary");
    }
    return new AliasTarget(
        version.version(), version.digest(), version.baseDigest(), request.weight());
  }

  private static MovedAliases withdrawn(
      TaskId task, AliasGeneration seen, MovedAliases now, MoveRequest request) {
    Long version = request.version();
    Optional<MovedAliases> moved = now.withdrawn(version);
    if (moved.isEmpty() && version == null && seen.provisional() != null) {
      return now;
    }
    return moved.orElseThrow(
        () ->
            nothing(
                task,
                version == null
                    ? "nothing serves it"
                    : "version " + version + " stands under none of its aliases"));
  }

  /** A candidate that is withdrawn has had its decision. */
  private static long decidedWithout(AliasGeneration seen, @Nullable Long version) {
    AliasTarget candidate = seen.candidate();
    if (candidate == null || (version != null && candidate.version() != version)) {
      return seen.decidedThrough();
    }
    return Math.max(seen.decidedThrough(), candidate.version());
  }

  private VersionRecord version(TaskId task, long number) {
    tombstones
        .find(task, number)
        .ifPresent(
            deleted -> {
              throw new DiffstreamException(
                  ErrorCode.VERSION_UNKNOWN,
                  "version %d of task %s was deleted by %s at %s"
                      .formatted(number, task, deleted.actor(), deleted.created()));
            });
    return versions
        .find(task, number)
        .orElseThrow(
            () ->
                new DiffstreamException(
                    ErrorCode.VERSION_UNKNOWN, "task " + task + " has no version " + number));
  }

  /**
   * Takes a version that answers badly out of its place: a champion gives way to the version before
   * it, a canary to nothing. Empty if there is nothing to move: the generation is not the newest
   * any more, it names the version in neither place, or there is no version before.
   *
   * @param seen the generation in which it answered badly
   */
  public Optional<AliasGeneration> moveBack(TaskId task, long seen, long version, String reason) {
    AliasGeneration newest = aliases.newest(task).orElse(null);
    if (newest == null || newest.generation() != seen) {
      return Optional.empty();
    }
    return new MovedAliases(newest.aliases())
        .without(version)
        .flatMap(
            moved ->
                aliases.append(
                    newest,
                    AliasGenerationBuilder.builder(newest)
                        .generation(seen + 1)
                        .aliases(moved.aliases())
                        .move(new Move(Move.ROLL_BACK, Move.REGISTRY, null, reason, null)),
                    Map.of()));
  }

  /**
   * Makes the candidate champion. Empty if there is nothing to move: the version is not candidate
   * any more, or another move came first.
   */
  public Optional<AliasGeneration> confirm(TaskId task, long version, String reason) {
    AliasGeneration newest = aliases.newest(task).orElse(null);
    AliasTarget candidate = newest == null ? null : newest.candidate();
    if (newest == null || candidate == null || candidate.version() != version) {
      return Optional.empty();
    }
    return aliases.append(
        newest,
        decided(newest, version, Move.PROMOTE, reason)
            .aliases(new MovedAliases(newest.aliases()).promoted(candidate).aliases())
            .provisional(null),
        aliases.traceOf(newest));
  }

  /**
   * The version is candidate no more, and what serves goes on. Empty if there is nothing to move,
   * as for {@link #confirm}.
   */
  public Optional<AliasGeneration> refuse(TaskId task, long version, String reason) {
    AliasGeneration newest = aliases.newest(task).orElse(null);
    if (newest == null) {
      return Optional.empty();
    }
    return new MovedAliases(newest.aliases())
        .withoutCandidate(version)
        .flatMap(
            moved ->
                aliases.append(
                    newest,
                    decided(newest, version, Move.REFUSE, reason).aliases(moved.aliases()),
                    aliases.traceOf(newest)));
  }

  private static AliasGenerationBuilder decided(
      AliasGeneration newest, long version, String kind, String reason) {
    return AliasGenerationBuilder.builder(newest)
        .generation(newest.generation() + 1)
        .decidedThrough(Math.max(newest.decidedThrough(), version))
        .move(new Move(kind, Move.REGISTRY, null, reason, null));
  }

  private static DiffstreamException nothing(TaskId task, String reason) {
    return new DiffstreamException(
        ErrorCode.INVALID_REQUEST, "nothing to move in task " + task + ": " + reason);
  }

  private static DiffstreamException stale(AliasGeneration newest, MoveRequest request) {
    Move move = newest.move();
    String by = move == null ? "" : " (" + move.kind() + " by " + move.actor() + ")";
    return new DiffstreamException(
        ErrorCode.STALE_GENERATION,
        "task %s is at generation %d%s, the request saw %d: look again, then ask again"
            .formatted(newest.taskId(), newest.generation(), by, request.generation()));
  }
}
