package dev.diffstream.gateway.face;

import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.inference.Answered;
import dev.diffstream.gateway.inference.Cancelling;
import dev.diffstream.gateway.inference.Deadline;
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
    TaskRequest asked = TaskRequest.begin(gateway, meters, spans, task, caller);
    try {
      ResidentDiff diff = asked.find(version);
      InferRequest request = request(diff, read.get());
      CompletableFuture<Answered> computed = compute(asked, diff, request, caller);
      return Cancelling.reaching(
          computed,
          computed
              .thenApply(found -> write.apply(result(diff, request, found)))
              .whenComplete((done, failure) -> asked.end(failure)));
    } catch (RuntimeException e) {
      asked.end(e);
      return CompletableFuture.failedFuture(e);
    }
  }

  private InferRequest request(ResidentDiff diff, InferMessage message) {
    InferRequest request =
        InferRequest.of(
            message, gateway.limits().maxTexts(), gateway.bases().of(diff).tensorInputs());
    TaskRequest.expectPairs(diff, request.pairs());
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
      TaskRequest asked, ResidentDiff diff, InferRequest request, Caller caller) {
    Deadline deadline = Deadline.after(asked.begun(), caller.timeout(request.timeout()));
    return gateway
        .bases()
        .of(diff)
        .inference()
        .infer(asked.part(null), request.examples(), deadline, caller.actor().text());
  }

  private static InferResult result(ResidentDiff diff, InferRequest request, Answered found) {
    return InferResult.of(diff, request, found.truncated(), found.answers());
  }
}
