package dev.diffstream.gateway.prediction;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServedAs;
import dev.diffstream.schemas.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Answers as JSON. */
public final class PredictionBodies {
  private PredictionBodies() {}

  /**
   * Which diff answered.
   *
   * @param alias under which it answered; absent for a champion
   */
  @JsonInclude(Include.NON_NULL)
  private record Served(String task, long version, String digest, @Nullable String alias) {
    static Served of(ResidentDiff diff) {
      ServedAs place = diff.servedAs();
      return new Served(
          diff.taskId(),
          diff.version(),
          diff.digest(),
          place.equals(ServedAs.CHAMPION) ? null : place.alias());
    }
  }

  private record OfText(@JsonUnwrapped Served served, @JsonUnwrapped Object prediction) {}

  private record OfTexts(@JsonUnwrapped Served served, List<Object> predictions) {}

  private record OfTasks(List<Object> predictions) {}

  private record FailedTask(String task, String error) {}

  /** Of a text: the prediction beside what answered; of a list: a list of predictions. */
  public static byte[] of(TaskPredictions task) {
    return Json.writeUnsorted(body(task));
  }

  /**
   * Of several tasks: a list in the order asked.
   *
   * @param answers all done
   * @throws dev.diffstream.schemas.DiffstreamException that of the first task, if none answered
   */
  public static byte[] of(List<String> tasks, List<CompletableFuture<TaskPredictions>> answers) {
    if (answers.stream().allMatch(CompletableFuture::isCompletedExceptionally)) {
      throw TaskPredictions.known(answers.getFirst().exceptionNow());
    }
    List<Object> bodies = new ArrayList<>();
    for (int i = 0; i < tasks.size(); i++) {
      CompletableFuture<TaskPredictions> answer = answers.get(i);
      bodies.add(
          answer.isCompletedExceptionally()
              ? new FailedTask(
                  tasks.get(i), TaskPredictions.known(answer.exceptionNow()).getMessage())
              : body(answer.join()));
    }
    return Json.writeUnsorted(new OfTasks(bodies));
  }

  /** The prediction of a request with one text, without what answered. */
  public static JsonNode single(TaskPredictions task) {
    return Json.parse(Json.writeUnsorted(task.results().getFirst()), "a prediction");
  }

  private static Object body(TaskPredictions task) {
    Served served = Served.of(task.diff());
    return task.single()
        ? new OfText(served, task.results().getFirst())
        : new OfTexts(served, task.results());
  }
}
