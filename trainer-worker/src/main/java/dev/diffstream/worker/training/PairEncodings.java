package dev.diffstream.worker.training;

import dev.diffstream.base.Base;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.event.TaskSubmitted;
import java.util.List;
import java.util.OptionalInt;

/** The ways in which a task event lets the two texts of its pairs be read. */
final class PairEncodings {
  private static final String AUTO = "auto";
  private static final List<String> VALUES =
      List.of(PairEncoding.SEPARATE.text(), PairEncoding.JOINT.text(), AUTO);

  private PairEncodings() {}

  /**
   * Whether the event asks for what its objective and the base can do.
   *
   * @throws DiffstreamException INVALID_EVENT if not
   */
  static void check(TaskSubmitted task, Base base) {
    String asked = task.pairEncoding();
    if (asked == null) {
      return;
    }
    if (!VALUES.contains(asked)) {
      throw invalid("pairEncoding must be one of %s, got: %s".formatted(VALUES, asked));
    }
    if (!task.objective().pairs()) {
      throw invalid(
          "pairEncoding %s needs the objective pair-classification or pair-regression, got %s"
              .formatted(asked, task.objective().text()));
    }
    if (!asked.equals(PairEncoding.JOINT.text())) {
      return;
    }
    if (!base.readsText()) {
      throw invalid(
          "pairEncoding joint needs a base that reads texts, base %s reads tensors"
              .formatted(base.name()));
    }
    if (base.minJointTokens().isEmpty()) {
      throw invalid(
          "pairEncoding joint needs a tokeniser that frames two texts in one sequence, that of base %s does not"
              .formatted(base.name()));
    }
    checkRoom(base, "base " + base.name() + " takes at most", base.maxTextTokens());
  }

  /**
   * The encodings among which a run chooses: one, or both for {@code auto}, where the base can read
   * jointly.
   *
   * @param maxTokens as resolved from the event's settings
   * @throws DiffstreamException INVALID_EVENT if {@code joint} is asked for in too few tokens
   */
  static List<PairEncoding> candidates(TaskSubmitted task, Base base, int maxTokens) {
    check(task, base);
    String asked = task.pairEncoding();
    if (PairEncoding.JOINT.text().equals(asked)) {
      checkRoom(base, "settings.maxTokens is", maxTokens);
      return List.of(PairEncoding.JOINT);
    }
    return AUTO.equals(asked) && hasRoom(base, maxTokens)
        ? List.of(PairEncoding.SEPARATE, PairEncoding.JOINT)
        : List.of(PairEncoding.SEPARATE);
  }

  private static boolean hasRoom(Base base, int maxTokens) {
    OptionalInt least = base.minJointTokens();
    return least.isPresent() && maxTokens >= least.getAsInt();
  }

  private static void checkRoom(Base base, String limit, int maxTokens) {
    if (!hasRoom(base, maxTokens)) {
      throw invalid(
          "pairEncoding joint reads two texts in one sequence of at least %d tokens, but %s %d"
              .formatted(base.minJointTokens().orElseThrow(), limit, maxTokens));
    }
  }

  private static DiffstreamException invalid(String reason) {
    return new DiffstreamException(ErrorCode.INVALID_EVENT, reason);
  }
}
