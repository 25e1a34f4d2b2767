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
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
  private final SharedValues shared = new SharedValues();

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

  /** A generation; empty if it was never written. */
  public Optional<AliasGeneration> find(TaskId task, long generation) {
    if (generation < 1) {
      return Optional.empty();
    }
    return store
        .get(ObjectKeys.aliases(task, generation), MAX_BYTES)
        .map(bytes -> parsed(bytes, ObjectKeys.aliases(task, generation)));
  }

  /** The numbers of all generations, in ascending order. */
  public List<Long> numbers(TaskId task) {
    String prefix = ObjectKeys.aliasesPrefix(task);
    return keys(task).stream().map(key -> ObjectKeys.number(prefix, key).orElseThrow()).toList();
  }

  /**
   * Writes {@code next}, unless another generation has its number. Its time is the clock's, or that
   * of {@code newest} where the clock is behind, so that times never decrease along the numbers.
   *
   * @param newest the generation before it; null: there is none
   * @param trace is kept as the object's metadata, for whoever announces it after a crash
   * @return what was written; empty if the number is taken
   */
  public Optional<AliasGeneration> append(
      @Nullable AliasGeneration newest, AliasGenerationBuilder next, Map<String, String> trace) {
    Instant now = clock.instant();
    boolean behind = newest != null && now.isBefore(newest.created());
    AliasGeneration written =
        next.created(behind ? Objects.requireNonNull(newest).created() : now).build();
    TaskId task = new TaskId(written.taskId());
    String key = ObjectKeys.aliases(task, written.generation());
    boolean created = store.putIfAbsent(key, Json.write(written), trace) == PutOutcome.CREATED;
    return created ? Optional.of(written) : Optional.empty();
  }

  /**
   * What became of a version.
   *
   * @param decided whether this call decided about it
   */
  public record Decision(AliasGeneration newest, boolean decided) {}

  /** What becomes of a new version at first. */
  public enum Entry {
    /** Champion; the champion before it is {@code previous}. */
    CHAMPION,
    /** Candidate, for gateways to test. */
    TESTED,
    /** Candidate, for people to decide about. */
    PROPOSED
  }

  /**
   * Enters {@code version} into its task's aliases; a version that has had its decision, waits for
   * it or is older than one that has it changes nothing. A candidate takes the place of an older
   * one.
   *
   * @param trace is kept as the object's metadata, for whoever announces it after a crash
   */
  public Decision advance(VersionRecord version, Entry entry, Map<String, String> trace) {
    TaskId task = new TaskId(version.taskId());
    for (int race = 0; race < MAX_LOST_RACES; race++) {
      AliasGeneration newest = newest(task).orElse(null);
      if (newest != null && isKnown(newest, version)) {
        return new Decision(newest, false);
      }
      AliasGenerationBuilder next =
          entry == Entry.CHAMPION ? next(newest, version) : candidate(newest, version, entry);
      Optional<AliasGeneration> written = append(newest, next, trace);
      if (written.isPresent()) {
        return new Decision(written.get(), true);
      }
    }
    throw new DiffstreamException(
        ErrorCode.OVERLOADED,
        "no free alias generation of task " + task + " after " + MAX_LOST_RACES + " lost races");
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
    AliasGenerationBuilder next =
        AliasGenerationBuilder.builder(newest)
            .generation(announced + 1)
            .move(
                MoveBuilder.builder()
                    .kind("restore")
                    .actor(Move.REGISTRY)
                    .reason(
                        "generation %d was announced, the bucket ends at %d"
                            .formatted(announced, newest.generation()))
                    .build());
    append(newest, next, Map.of());
    return newest(task).orElse(newest);
  }

  private static boolean isKnown(AliasGeneration newest, VersionRecord version) {
    AliasTarget candidate = newest.candidate();
    return version.version() <= newest.decidedThrough()
        || (candidate != null && version.version() <= candidate.version());
  }

  /** Versions before a candidate will not move an alias by themselves any more. */
  private static AliasGenerationBuilder candidate(
      @Nullable AliasGeneration newest, VersionRecord version, Entry entry) {
    AliasGenerationBuilder next =
        newest == null
            ? AliasGenerationBuilder.builder().taskId(version.taskId()).generation(1)
            : AliasGenerationBuilder.builder(newest).generation(newest.generation() + 1);
    Map<String, AliasTarget> aliases = new HashMap<>(newest == null ? Map.of() : newest.aliases());
    aliases.put(AliasGeneration.CANDIDATE, AliasTarget.of(version));
    String kind = entry == Entry.TESTED ? Move.TEST : Move.PROPOSE;
    return next.aliases(aliases)
        .decidedThrough(version.version() - 1)
        .move(new Move(kind, Move.REGISTRY, null, null, version.runId()));
  }

  private static AliasGenerationBuilder next(
      @Nullable AliasGeneration newest, VersionRecord version) {
    Map<String, AliasTarget> aliases = new HashMap<>();
    if (newest != null) {
      aliases.putAll(newest.aliases());
      AliasTarget champion = newest.champion();
      if (champion != null) {
        aliases.put(AliasGeneration.PREVIOUS, champion);
      }
    }
    aliases.put(AliasGeneration.CHAMPION, AliasTarget.of(version));
    aliases.remove(AliasGeneration.CANDIDATE); // an older one: it is overtaken
    return AliasGenerationBuilder.builder()
        .taskId(version.taskId())
        .generation(newest == null ? 1 : newest.generation() + 1)
        .aliases(aliases)
        .decidedThrough(version.version())
        .move(Move.accept(version.runId()));
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
    return parsed(bytes, key);
  }

  private AliasGeneration parsed(byte[] bytes, String key) {
    return shared.in(Json.read(bytes, AliasGeneration.class, key));
  }
}
