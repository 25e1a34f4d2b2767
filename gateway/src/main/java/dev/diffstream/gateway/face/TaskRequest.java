package dev.diffstream.gateway.face;

import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.inference.TaskPart;
import dev.diffstream.gateway.telemetry.GatewaySpans;
import dev.diffstream.gateway.telemetry.RequestMeters;
import dev.diffstream.gateway.telemetry.RequestTimes;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request to one task, from when it came until its answer is written: traced, counted, and the
 * diff that serves it retained. {@link #end} is called once.
 */
final class TaskRequest {
  private final GatewayView gateway;
  private final RequestMeters meters;
  private final String task;
  private final Caller caller;
  private final GatewaySpans.Open span;
  private final long begun = System.nanoTime();
  private @Nullable ResidentDiff diff;
  private @Nullable PreparedDiff prepared;
  private @Nullable TaskPart part;

  private TaskRequest(
      GatewayView gateway,
      RequestMeters meters,
      String task,
      Caller caller,
      GatewaySpans.Open span) {
    this.gateway = gateway;
    this.meters = meters;
    this.task = task;
    this.caller = caller;
    this.span = span;
  }

  static TaskRequest begin(
      GatewayView gateway, RequestMeters meters, GatewaySpans spans, String task, Caller caller) {
    return new TaskRequest(
        gateway, meters, task, caller, spans.start(task, caller.actor(), caller.trace()));
  }

  /** When it came, by {@link System#nanoTime}. */
  long begun() {
    return begun;
  }

  /**
   * What serves now, and is not freed before this request has ended.
   *
   * @param version empty for what the task serves by default
   */
  ResidentDiff find(String version) {
    while (true) {
      ResidentDiff found = gateway.find(caller, task, version);
      Optional<PreparedDiff> acquired = found.prepared().acquire();
      if (acquired.isPresent()) {
        diff = found;
        prepared = acquired.get();
        span.servedBy(found);
        return found;
      }
    }
  }

  /**
   * What is asked of the diff that was found.
   *
   * @param refuseLongTexts null: as its task has it
   */
  TaskPart part(@Nullable Boolean refuseLongTexts) {
    PreparedDiff found = Objects.requireNonNull(prepared, "nothing was found");
    boolean refuse =
        refuseLongTexts == null ? found.metadata().refusesLongTexts() : refuseLongTexts;
    part = new TaskPart(found, task, refuse);
    return part;
  }

  void end(@Nullable Throwable failure) {
    RequestTimes times = RequestTimes.of(System.nanoTime() - begun, part);
    if (prepared != null) {
      prepared.release();
    }
    span.end(failure);
    if (diff != null && part != null) {
      gateway.health().answered(diff, times.examples(), part.faults());
      gateway.confidences().answered(task, diff.digest(), part.confidence());
    }
    meters.answered(task, diff, caller.protocol(), failure, times);
  }

  /** INVALID_REQUEST unless the request has pairs of texts where the task compares two. */
  static void expectPairs(ResidentDiff diff, boolean pairs) {
    boolean wanted = diff.metadata().objective().pairs();
    if (wanted != pairs) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "task "
              + diff.taskId()
              + (wanted
                  ? " compares two texts: expected an input text_pair beside text"
                  : " reads one text: expected no input text_pair"));
    }
  }
}
