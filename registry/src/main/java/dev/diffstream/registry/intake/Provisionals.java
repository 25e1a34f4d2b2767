package dev.diffstream.registry.intake;

import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.promotion.Candidates;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasGenerationBuilder;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.schemas.registry.Provisional;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which heads alone answer, while their tasks have no champion. Each run's gets its turn once: what
 * somebody has withdrawn does not come back when its event is read again. Belongs to the
 * registrar's thread.
 */
public final class Provisionals {
  private static final int MAX_LOST_RACES = 1_000;

  private final AliasLog aliases;
  private final DiffVerifier verifier;
  private final Candidates candidates;
  private final Predicate<String> hasChampion;

  /**
   * @param hasChampion whether a task is known to have one, without a look into the bucket
   */
  public Provisionals(
      AliasLog aliases,
      DiffVerifier verifier,
      Candidates candidates,
      Predicate<String> hasChampion) {
    this.aliases = aliases;
    this.verifier = verifier;
    this.candidates = candidates;
    this.hasChampion = hasChampion;
  }

  /**
   * Has the provisional named by a generation; empty if it is not wanted. One that had its turn
   * changes nothing, and the newest generation is told, which may not be announced yet.
   *
   * @param trace is kept as the object's metadata, for whoever announces it after a crash
   * @throws DiffstreamException if the diff is not what its event says, or no head alone
   */
  public Optional<AliasLog.Decision> enter(DiffPublished event, Map<String, String> trace) {
    if (hasChampion.test(event.taskId())
        || candidates.needsApproval(event.taskId(), event.runId())) {
      return Optional.empty();
    }
    TaskId task = new TaskId(event.taskId());
    boolean verified = false;
    for (int race = 0; race < MAX_LOST_RACES; race++) {
      AliasGeneration newest = aliases.newest(task).orElse(null);
      if (newest != null && newest.champion() != null) {
        return Optional.empty();
      }
      if (newest != null && hadItsTurn(task, newest.generation(), event.runId())) {
        return Optional.of(new AliasLog.Decision(newest, false));
      }
      if (!verified) {
        verify(event);
        verified = true;
      }
      Optional<AliasGeneration> written = aliases.append(newest, next(newest, event), trace);
      if (written.isPresent()) {
        return written.map(generation -> new AliasLog.Decision(generation, true));
      }
    }
    throw new DiffstreamException(
        ErrorCode.OVERLOADED,
        "no free alias generation of task " + task + " after " + MAX_LOST_RACES + " lost races");
  }

  /** A task without a champion has few generations. */
  private boolean hadItsTurn(TaskId task, long newest, String runId) {
    for (long number = newest; number > 0; number--) {
      Move move = aliases.find(task, number).map(AliasGeneration::move).orElse(null);
      if (move != null && Move.PROVISIONAL.equals(move.kind()) && runId.equals(move.runId())) {
        return true;
      }
    }
    return false;
  }

  private void verify(DiffPublished event) {
    DiffMetadata metadata = verifier.verify(event, Optional.empty());
    if (metadata.nonzeros() > 0) {
      throw new DiffstreamException(
          ErrorCode.MALFORMED_DIFF,
          "diff %s of task %s: expected a provisional without positions, got %d"
              .formatted(event.digest(), event.taskId(), metadata.nonzeros()));
    }
  }

  private static AliasGenerationBuilder next(
      @Nullable AliasGeneration newest, DiffPublished event) {
    AliasGenerationBuilder next =
        newest == null
            ? AliasGenerationBuilder.builder()
                .taskId(event.taskId())
                .generation(1)
                .aliases(Map.of())
                .decidedThrough(0)
            : AliasGenerationBuilder.builder(newest).generation(newest.generation() + 1);
    return next.provisional(new Provisional(event.digest(), event.baseDigest(), event.runId()))
        .move(new Move(Move.PROVISIONAL, Move.REGISTRY, null, null, event.runId()));
  }
}
