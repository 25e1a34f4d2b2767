package dev.diffstream.registry.move;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.registry.Move;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A move as somebody asks for it.
 *
 * @param kind {@code promote}, {@code canary}, {@code roll-back} or {@code withdraw}
 * @param version to promote or to try as canary; of a withdrawal: the one that shall serve no
 *     longer, absent for all of the task
 * @param weight of a canary: the share of requests that it answers, above 0 and at most 1
 * @param generation the newest one as far as the caller knows: the move is the next, or refused
 * @param requestId the same request again, by this id, is answered by the generation that it made
 */
@RecordBuilder
public record MoveRequest(
    String kind,
    @Nullable Long version,
    @Nullable Double weight,
    long generation,
    String requestId,
    String actor,
    @Nullable String reason) {
  private static final List<String> KINDS =
      List.of(Move.PROMOTE, Move.CANARY, Move.ROLL_BACK, Move.WITHDRAW);
  private static final Pattern REQUEST_ID = Pattern.compile("[!-~]{1,128}");

  /** INVALID_REQUEST for what no move can be. */
  public MoveRequest {
    if (!KINDS.contains(kind)) {
      throw invalid("kind must be one of " + KINDS + ", got: " + Bounded.value(kind));
    }
    if (!REQUEST_ID.matcher(requestId).matches()) {
      throw invalid(
          "the request id must be 1 to 128 visible ASCII characters, got: "
              + Bounded.value(requestId));
    }
    if (generation < 1) {
      throw invalid(
          "generation must be that of the task's aliases as you saw them, at least 1, got: "
              + generation);
    }
    boolean namesVersion = kind.equals(Move.PROMOTE) || kind.equals(Move.CANARY);
    if (namesVersion && version == null) {
      throw invalid(kind + " needs a version");
    }
    if (kind.equals(Move.ROLL_BACK) && version != null) {
      throw invalid("roll-back goes to the previous version and takes no version; use promote");
    }
    checkWeight(kind, weight);
  }

  private static void checkWeight(String kind, @Nullable Double weight) {
    if (!kind.equals(Move.CANARY)) {
      if (weight != null) {
        throw invalid("weight is for canary alone, got one for " + kind);
      }
    } else if (weight == null || !(weight > 0 && weight <= 1)) {
      throw invalid("canary needs a weight above 0 and at most 1, got: " + weight);
    }
  }

  /** The version, of a move that always has one. */
  long namedVersion() {
    if (version == null) {
      throw invalid(kind + " needs a version");
    }
    return version;
  }

  /** As it stands in the generation. */
  Move asMove() {
    return new Move(kind, actor, requestId, reason, null);
  }

  private static DiffstreamException invalid(String message) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, message);
  }
}
