package dev.diffstream.gateway.face;

import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.inference.Cancelling;
import dev.diffstream.gateway.inference.Deadline;
import dev.diffstream.gateway.inference.Outcome;
import dev.diffstream.gateway.inference.TaskPart;
import dev.diffstream.gateway.prediction.PredictRequest;
import dev.diffstream.gateway.prediction.TaskPredictions;
import dev.diffstream.gateway.telemetry.GatewaySpans;
import dev.diffstream.gateway.telemetry.RequestMeters;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** The way of a request for predictions: of one task about texts, or of several about one text. */
public final class PredictHandler {
  private final GatewayView gateway;
  private final RequestMeters meters;
  private final GatewaySpans spans;

  public PredictHandler(GatewayView gateway, RequestMeters meters, GatewaySpans spans) {
    this.gateway = gateway;
    this.meters = meters;
    this.spans = spans;
  }

  /** Puts what became of the texts into the form of an answer. */
  @FunctionalInterface
  public interface Writer<R> {
    R write(ResidentDiff diff, PredictRequest request, List<Outcome> outcomes);
  }

  /** A task that a request asks, with the diff that serves it, and the answer to be given. */
  private record Asked<R>(
      TaskRequest request, ResidentDiff diff, CompletableFuture<R> answer, Writer<R> writer) {
    TaskPart part(PredictRequest of) {
      return request.part(of.options().refuseLongTexts());
    }

    /** Answers when {@code computed} ends; cancelling the answer cancels that. */
    void endWith(CompletableFuture<List<Outcome>> computed, PredictRequest of) {
      computed
          .thenApply(outcomes -> writer.write(diff, of, outcomes))
          .whenComplete(
              (done, failure) -> {
                request.end(failure);
                if (failure == null) {
                  answer.complete(done);
                } else {
                  answer.completeExceptionally(failure);
                }
              });
      Cancelling.passOn(answer, List.of(computed));
    }

    void fail(RuntimeException e) {
      request.end(e);
      answer.completeExceptionally(e);
    }
  }

  /**
   * What a task says to each text. A text that has no answer spoils no other; every other failure
   * is that of the future. Cancelling it drops what of the request still waits.
   *
   * @param read reads the request, once the diff is found
   */
  public <R> CompletableFuture<R> ofTask(
      String task, Caller caller, Function<ResidentDiff, PredictRequest> read, Writer<R> writer) {
    TaskRequest begun = TaskRequest.begin(gateway, meters, spans, task, caller);
    CompletableFuture<R> answer = new CompletableFuture<>();
    try {
      ResidentDiff diff = begun.find(GatewayView.DEFAULT_VERSION);
      PredictRequest request = read.apply(diff);
      check(diff, request);
      ask(List.of(new Asked<>(begun, diff, answer, writer)), request, caller);
    } catch (RuntimeException e) {
      begun.end(e);
      answer.completeExceptionally(e);
    }
    return answer;
  }

  /**
   * What each of several tasks says to one text, which is tokenised once and waits once for each
   * base. By task in the order asked, each with a failure of its own.
   */
  public List<CompletableFuture<TaskPredictions>> ofTasks(Caller caller, PredictRequest request) {
    List<Asked<?>> asked = new ArrayList<>();
    List<CompletableFuture<TaskPredictions>> answers = new ArrayList<>();
    for (String task : request.tasks()) {
      TaskRequest begun = TaskRequest.begin(gateway, meters, spans, task, caller);
      CompletableFuture<TaskPredictions> answer = new CompletableFuture<>();
      answers.add(answer);
      try {
        ResidentDiff diff = begun.find(GatewayView.DEFAULT_VERSION);
        check(diff, request);
        asked.add(new Asked<>(begun, diff, answer, TaskPredictions::of));
      } catch (RuntimeException e) {
        begun.end(e);
        answer.completeExceptionally(e);
      }
    }
    ask(asked, request, caller);
    return answers;
  }

  private void check(ResidentDiff diff, PredictRequest request) {
    if (!gateway.bases().of(diff).tensorInputs().isEmpty()) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "task " + diff.taskId() + " reads tensors; ask it at /v2/models/" + diff.taskId());
    }
    TaskRequest.expectPairs(diff, request.pairs());
    request.options().check(diff.metadata());
  }

  private void ask(List<? extends Asked<?>> tasks, PredictRequest request, Caller caller) {
    if (tasks.isEmpty()) {
      return;
    }
    Deadline deadline =
        Deadline.after(
            tasks.getFirst().request().begun(), caller.timeout(request.options().timeout()));
    Map<ServedBase, List<Asked<?>>> byBase = new LinkedHashMap<>();
    for (Asked<?> task : tasks) {
      byBase.computeIfAbsent(gateway.bases().of(task.diff()), base -> new ArrayList<>()).add(task);
    }
    byBase.forEach((base, ofBase) -> ask(base, ofBase, request, deadline, caller));
  }

  private static void ask(
      ServedBase base,
      List<Asked<?>> tasks,
      PredictRequest request,
      Deadline deadline,
      Caller caller) {
    List<TaskPart> parts = new ArrayList<>();
    tasks.forEach(task -> parts.add(task.part(request)));
    try {
      List<CompletableFuture<List<Outcome>>> computed =
          base.inference().inferEach(parts, request.examples(), deadline, caller.actor().text());
      for (int i = 0; i < tasks.size(); i++) {
        tasks.get(i).endWith(computed.get(i), request);
      }
    } catch (RuntimeException e) {
      tasks.forEach(task -> task.fail(e));
    }
  }
}
