package dev.diffstream.gateway.prediction;

import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.inference.Outcome;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.List;
import java.util.concurrent.CompletionException;

/**
 * What one task says to the texts of a request.
 *
 * @param results by text, {@link Prediction} or {@link Failure}
 * @param single whether the request had one text, and not a list
 */
public record TaskPredictions(ResidentDiff diff, List<Object> results, boolean single) {

  /**
   * Why a text, or a task, has no prediction.
   *
   * @param error {@code CODE: message}
   */
  record Failure(String error) {
    static Failure of(Throwable failure) {
      return new Failure(known(failure).getMessage());
    }
  }

  /**
   * @param outcomes by text
   * @throws DiffstreamException if the request's only text has no answer
   */
  public static TaskPredictions of(
      ResidentDiff diff, PredictRequest request, List<Outcome> outcomes) {
    if (request.single()
        && outcomes.getFirst() instanceof Outcome.Failed(RuntimeException reason)) {
      throw reason;
    }
    List<Object> results =
        outcomes.stream().map(outcome -> result(diff, request.options(), outcome)).toList();
    return new TaskPredictions(diff, results, request.single());
  }

  private static Object result(ResidentDiff diff, PredictOptions options, Outcome outcome) {
    return switch (outcome) {
      case Outcome.Computed(var answer, boolean truncated) ->
          Prediction.of(diff.metadata(), options, answer, truncated);
      case Outcome.Failed(RuntimeException reason) -> Failure.of(reason);
    };
  }

  /** The failure with its code, whatever carried it here. */
  public static DiffstreamException known(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof DiffstreamException known
        ? known
        : new DiffstreamException(ErrorCode.OUTCOME_UNKNOWN, cause.toString(), cause);
  }
}
