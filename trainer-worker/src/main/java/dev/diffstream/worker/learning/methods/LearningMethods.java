package dev.diffstream.worker.learning.methods;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.worker.learning.LearningMethod;
import dev.diffstream.worker.learning.diffpruning.DiffPruning;
import dev.diffstream.worker.learning.fixedmask.FixedMask;
import dev.diffstream.worker.learning.full.FullFineTuning;
import dev.diffstream.worker.learning.headonly.HeadOnly;
import dev.diffstream.worker.learning.lotteryticket.LotteryTicket;
import java.util.List;

/** All methods. A new one is added here and in the event's schema. */
public final class LearningMethods {
  private LearningMethods() {}

  /**
   * All of them, the measuring baselines too.
   *
   * @param threads that share the updates
   */
  public static List<LearningMethod> all(int threads) {
    return List.of(
        new DiffPruning(threads),
        new LotteryTicket(threads),
        new FixedMask(),
        new FullFineTuning(threads),
        new HeadOnly());
  }

  /** The method that a task asks for; INVALID_EVENT for a name that publishes nothing. */
  public static LearningMethod of(String name, List<LearningMethod> methods) {
    List<LearningMethod> publishing = methods.stream().filter(LearningMethod::publishes).toList();
    return publishing.stream()
        .filter(method -> method.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new DiffstreamException(
                    ErrorCode.INVALID_EVENT,
                    "method must be one of "
                        + publishing.stream().map(LearningMethod::name).toList()
                        + ", got: "
                        + name));
  }
}
