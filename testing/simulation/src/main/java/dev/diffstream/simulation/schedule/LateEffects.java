package dev.diffstream.simulation.schedule;

import dev.diffstream.schemas.DiffstreamException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Requests that their callers have given up, and that are still on their way: each happens some
 * steps later, also when its process is dead.
 */
final class LateEffects {
  private static final int ONE_ARRIVES_IN = 8;

  private final Random random;
  private final List<Request> underWay = new ArrayList<>();

  private record Request(String what, Scheduler.Effect<?> effect) {}

  LateEffects(Random random) {
    this.random = random;
  }

  void add(String what, Scheduler.Effect<?> effect) {
    underWay.add(new Request(what, effect));
  }

  /** Perhaps one of them arrives now. */
  void maybeOne(Scheduler scheduler) {
    if (!underWay.isEmpty() && random.nextInt(ONE_ARRIVES_IN) == 0) {
      arrive(underWay.remove(random.nextInt(underWay.size())), scheduler);
    }
  }

  /** All of them arrive now. */
  void all(Scheduler scheduler) {
    while (!underWay.isEmpty()) {
      arrive(underWay.remove(random.nextInt(underWay.size())), scheduler);
    }
  }

  private static void arrive(Request request, Scheduler scheduler) {
    scheduler.note(request.what() + ": arrives late");
    try {
      request.effect().run();
    } catch (DiffstreamException nobodyHears) {
      scheduler.note(request.what() + ": " + nobodyHears.code());
    }
  }
}
