package dev.diffstream.gateway.face;

import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.model.Cancelling;
import dev.diffstream.gateway.model.Deadline;
import dev.diffstream.gateway.model.InferenceThread.Answered;
import dev.diffstream.gateway.protocol.InferMessage;
import dev.diffstream.gateway.protocol.InferRequest;
import dev.diffstream.gateway.protocol.InferResult;
import dev.diffstream.gateway.protocol.OipBodies;
import dev.diffstream.gateway.telemetry.GatewaySpans;
import dev.diffstream.gateway.telemetry.RequestMeters;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way of an inference request, whichever face it came to: find the diff, read and check the
 * request, compute, write the answer. A request reads the catalog once, and the diff found there
 * answers all of it (I6).
 */
public final class InferHandler {
  private final GatewayView gateway;
  private final RequestMeters meters;
  private final GatewaySpans spans;

  public InferHandler(GatewayView gateway, RequestMeters meters, GatewaySpans spans) {
    this.gateway = gateway;
    this.meters = meters;
    this.spans = spans;
  }

  /**
   * The answer, in the form that {@code write} gives it; every failure is that of the future.
   * Cancelling it drops what of the request still waits.
   *
   * @param version empty for what the task serves by default
   * @param read reads the request, once the task is found
   */
  public <R> CompletableFuture<R> infer(
      String task,
      String version,
      Caller caller,
      Supplier<InferMessage> read,
      Function<InferResult, R> write) {
    long begin = System.nanoTime();
    GatewaySpans.Open span = spans.start(task, caller.actor(), caller.trace());
    try {
      ResidentDiff diff = retained(task, version);
      span.servedBy(diff);
      try {
        InferRequest request = request(diff, read.get());
        CompletableFuture<Answered> computed = compute(diff, request, caller, begin);
        return Cancelling.reaching(
            computed,
            computed
                .thenApply(found -> write.apply(result(diff, request, found)))
                .whenComplete(
                    (done, failure) -> {
                      diff.prepared().release();
                      end(task, caller, span, begin, failure);
                    }));
      } catch (RuntimeException e) {
        diff.prepared().release();
        throw e;
      }
    } catch (RuntimeException e) {
      end(task, caller, span, begin, e);
      return CompletableFuture.failedFuture(e);
    }
  }

  private void end(
      String task,
      Caller caller,
      GatewaySpans.Open span,
      long begin,
      @Nullable Throwable failure) {
    span.end(failure);
    meters.answered(task, caller.protocol(), failure, System.nanoTime() - begin);
  }

  /** What serves now, and is not freed before this request has released it. */
  private ResidentDiff retained(String task, String version) {
    while (true) {
      ResidentDiff diff = gateway.find(task, version);
      if (diff.prepared().retain()) {
        return diff;
      }
    }
  }

  private InferRequest request(ResidentDiff diff, InferMessage message) {
    InferRequest request =
        InferRequest.of(message, gateway.limits().maxTexts(), gateway.tensorInputs());
    boolean pairs = diff.metadata().objective().pairs();
    if (pairs != request.pairs()) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "task "
              + diff.taskId()
              + (pairs
                  ? " compares two texts: expected an input text_pair beside text"
                  : " reads one text: expected no input text_pair"));
    }
    List<String> outputs = OipBodies.outputNames(diff);
    for (String output : request.outputs()) {
      if (!outputs.contains(output)) {
        throw new DiffstreamException(
            ErrorCode.INVALID_REQUEST, "outputs are " + outputs + ", got: \"" + output + "\"");
      }
    }
    return request;
  }

  private CompletableFuture<Answered> compute(
      ResidentDiff diff, InferRequest request, Caller caller, long begin) {
    Deadline deadline = Deadline.after(begin, caller.timeout(request.timeout()));
    return gateway
        .inference()
        .infer(diff.prepared(), request.examples(), deadline, diff.taskId(), caller.actor().text());
  }

  private static InferResult result(ResidentDiff diff, InferRequest request, Answered found) {
    return InferResult.of(diff, request, found.truncated(), found.answers());
  }
}
