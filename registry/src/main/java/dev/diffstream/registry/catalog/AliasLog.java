package dev.diffstream.registry.catalog;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasGenerationBuilder;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.schemas.registry.MoveBuilder;
import dev.diffstream.schemas.registry.VersionRecord;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The numbered alias generations of every task (I4). A generation is written only if its number is
 * absent; whoever loses computes again from the newest, so no move is lost.
 *
 * <p>Thread-safe, and safe together with other processes.
 */
public final class AliasLog {
  private static final long MAX_BYTES = 1 << 20;
  private static final int MAX_LOST_RACES = 1_000;

  private final ObjectStore store;
  private final InstantSource clock;

  public AliasLog(ObjectStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
  }

  public Optional<AliasGeneration> newest(TaskId task) {
    List<String> keys = keys(task);
    return keys.isEmpty() ? Optional.empty() : Optional.of(read(keys.getLast()));
  }

  /** The trace context that the writer of a generation left with it. */
  public Map<String, String> traceOf(AliasGeneration generation) {
    String key = ObjectKeys.aliases(new TaskId(generation.taskId()), generation.generation());
    return store.stat(key).map(ObjectStore.ObjectInfo::metadata).orElse(Map.of());
  }

  /**
   * Makes {@code version} the champion and the champion before it {@code previous}; a version that
   * has had its decision, or is older than one that has, changes nothing. Returns the newest
   * generation either way.
   *
   * @param trace is kept as the object's metadata, for whoever announces it after a crash
   */
  public AliasGeneration advance(VersionRecord version, Map<String, String> trace) {
    TaskId task = new TaskId(version.taskId());
    for (int race = 0; race < MAX_LOST_RACES; race++) {
      List<String> keys = keys(task);
      @Nullable AliasGeneration newest = keys.isEmpty() ? null : read(keys.getLast());
      if (newest != null && version.version() <= newest.decidedThrough()) {
        return newest;
      }
      AliasGeneration next = next(newest, version);
      String key = ObjectKeys.aliases(task, next.generation());
      if (store.putIfAbsent(key, Json.write(next), trace) == PutOutcome.CREATED) {
        return next;
      }
    }
    throw new DiffstreamException(
        ErrorCode.OVERLOADED,
        "no free alias generation of task " + task + " after " + MAX_LOST_RACES + " lost races");
  }

  /**
   * Takes a version that answers badly out of its place: a champion gives way to the version before
   * it, a canary to nothing. Empty if there is nothing to move: the generation is not the newest
   * any more, it names the version in neither place, or there is no version before.
   *
   * @param seen the generation in which it answered badly
   */
  public Optional<AliasGeneration> moveBack(TaskId task, long seen, long version, String reason) {
    AliasGeneration newest = newest(task).orElse(null);
    if (newest == null || newest.generation() != seen) {
      return Optional.empty();
    }
    Map<String, AliasTarget> aliases = new HashMap<>(newest.aliases());
    AliasTarget previous = aliases.get(AliasGeneration.PREVIOUS);
    if (isVersion(newest.champion(), version) && previous != null) {
      aliases.put(AliasGeneration.CHAMPION, previous);
      aliases.remove(AliasGeneration.PREVIOUS);
    } else if (isVersion(aliases.get(AliasGeneration.CANARY), version)) {
      aliases.remove(AliasGeneration.CANARY);
    } else {
      return Optional.empty();
    }
    AliasGeneration next =
        AliasGenerationBuilder.builder(newest)
            .generation(seen + 1)
            .aliases(aliases)
            .move(new Move(Move.ROLL_BACK, Move.REGISTRY, null, reason, null))
            .created(clock.instant())
            .build();
    boolean written =
        store.putIfAbsent(ObjectKeys.aliases(task, next.generation()), Json.write(next), Map.of())
            == PutOutcome.CREATED;
    return written ? Optional.of(next) : Optional.empty();
  }

  private static boolean isVersion(@Nullable AliasTarget target, long version) {
    return target != null && target.version() == version;
  }

  /**
   * The newest generation, above every one that was ever announced. A bucket that was restored from
   * a backup has lower ones than the topic: its aliases are written again with a higher number.
   *
   * @param announced the generation last on the topic
   */
  public AliasGeneration broughtForward(AliasGeneration newest, long announced) {
    TaskId task = new TaskId(newest.taskId());
    if (announced <= newest.generation()
        || store.stat(ObjectKeys.aliases(task, announced)).isPresent()) {
      return newest(task).orElse(newest);
    }
    AliasGeneration next =
        AliasGenerationBuilder.builder(newest)
            .generation(announced + 1)
            .move(
                MoveBuilder.builder()
                    .kind("restore")
                    .actor(Move.REGISTRY)
                    .reason(
                        "generation %d was announced, the bucket ends at %d"
                            .formatted(announced, newest.generation()))
                    .build())
            .created(clock.instant())
            .build();
    store.putIfAbsent(ObjectKeys.aliases(task, next.generation()), Json.write(next), Map.of());
    return newest(task).orElse(next);
  }

  private AliasGeneration next(@Nullable AliasGeneration newest, VersionRecord version) {
    Map<String, AliasTarget> aliases = new HashMap<>();
    if (newest != null) {
      aliases.putAll(newest.aliases());
      AliasTarget champion = newest.champion();
      if (champion != null) {
        aliases.put(AliasGeneration.PREVIOUS, champion);
      }
    }
    aliases.put(AliasGeneration.CHAMPION, AliasTarget.of(version));
    return AliasGenerationBuilder.builder()
        .taskId(version.taskId())
        .generation(newest == null ? 1 : newest.generation() + 1)
        .aliases(aliases)
        .decidedThrough(version.version())
        .move(Move.accept(version.runId()))
        .created(clock.instant())
        .build();
  }

  private List<String> keys(TaskId task) {
    String prefix = ObjectKeys.aliasesPrefix(task);
    try (Stream<String> keys = store.list(prefix)) {
      return keys.filter(key -> ObjectKeys.number(prefix, key).isPresent()).toList();
    }
  }

  private AliasGeneration read(String key) {
    byte[] bytes =
        store
            .get(key, MAX_BYTES)
            .orElseThrow(
                () ->
                    new DiffstreamException(
                        ErrorCode.OUTCOME_UNKNOWN, key + " is listed but cannot be read"));
    return Json.read(bytes, AliasGeneration.class, key);
  }
}
