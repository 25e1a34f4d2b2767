package dev.diffstream.registry.runs;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.run.RunControl;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Requests of people to cancel, pause and resume runs. What they ask for is an object in the bucket
 * before they are answered; the registrar and the worker act on it. Thread-safe.
 */
public final class RunRequests {
  private final RunControls controls;
  private final Function<String, Optional<RunView>> runs;
  private final Consumer<RunControl> asked;

  /**
   * @param runs the latest word of a run, if there is any
   * @param asked hears of what was asked
   */
  public RunRequests(
      RunControls controls, Function<String, Optional<RunView>> runs, Consumer<RunControl> asked) {
    this.controls = controls;
    this.runs = runs;
    this.asked = asked;
  }

  /**
   * @param action {@link RunControl#CANCEL}, {@link RunControl#PAUSE} or {@link RunControl#RESUME}
   * @param requestId a request that was made before is answered as it was then
   * @throws DiffstreamException TASK_UNKNOWN for a run that is not known, INVALID_REQUEST where its
   *     state does not admit the action
   */
  public RunControl ask(
      String runId, String action, String actor, String requestId, @Nullable String reason) {
    RunView run =
        runs.apply(runId)
            .orElseThrow(
                () ->
                    new DiffstreamException(
                        ErrorCode.TASK_UNKNOWN, "no run " + Bounded.value(runId)));
    Optional<RunControl> before = controls.find(runId, requestId);
    if (before.isEmpty()) {
      check(run, action);
    }
    RunControl made = controls.ask(runId, action, actor, requestId, reason);
    asked.accept(made);
    return made;
  }

  private void check(RunView run, String action) {
    if (run.hasEnded() || run.published() != null) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST, "run " + run.runId() + " has ended: it is " + run.state());
    }
    long done = run.submission() == null ? 0 : run.submission().control();
    List<RunControl> open =
        controls.of(run.runId()).stream().filter(control -> control.number() > done).toList();
    boolean cancelling =
        open.stream().anyMatch(control -> control.action().equals(RunControl.CANCEL));
    boolean pausing = !open.isEmpty() && open.getLast().action().equals(RunControl.PAUSE);
    if (cancelling && !action.equals(RunControl.CANCEL)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST, "run " + run.runId() + " is being cancelled");
    }
    boolean resuming = !open.isEmpty() && open.getLast().action().equals(RunControl.RESUME);
    if (action.equals(RunControl.RESUME) && resuming) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "run " + run.runId() + " is being resumed: it goes on when its turn comes");
    }
    if (action.equals(RunControl.RESUME) && !pausing) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST, "run " + run.runId() + " is not paused: it is " + run.state());
    }
  }
}
