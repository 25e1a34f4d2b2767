package dev.diffstream.gateway.prediction;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.gateway.model.Example;
import dev.diffstream.gateway.protocol.RequestJson;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Texts, or pairs of texts, that are to be read.
 *
 * @param tasks that are asked; empty where the path names the task
 * @param examples at least one
 * @param pairs whether the examples are pairs of texts
 * @param single whether the request has one text, and not a list of texts
 */
public record PredictRequest(
    List<String> tasks,
    List<Example> examples,
    boolean pairs,
    boolean single,
    PredictOptions options) {
  private static final Set<String> FIELDS =
      Set.of(
          "text",
          "text_pair",
          "texts",
          "text_pairs",
          "top_k",
          "thresholds",
          "onLongText",
          "timeoutMillis");

  /**
   * A request to the task that the path names.
   *
   * @param most texts in one request
   */
  public static PredictRequest ofTask(byte[] body, int most) {
    return ofTask(RequestJson.object(body), most);
  }

  /** As {@link #ofTask(byte[], int)}, of a JSON object. */
  public static PredictRequest ofTask(JsonNode json, int most) {
    expectFields(json, FIELDS);
    return of(List.of(), json, most);
  }

  /**
   * A request to several tasks about one text.
   *
   * @param most tasks in one request
   */
  public static PredictRequest ofTasks(byte[] body, int most) {
    Set<String> fields = new TreeSet<>(FIELDS);
    fields.add("tasks");
    fields.removeAll(List.of("texts", "text_pairs"));
    JsonNode json = RequestJson.object(body);
    expectFields(json, fields);
    List<String> tasks = strings(json, "tasks", most);
    if (Set.copyOf(tasks).size() < tasks.size()) {
      throw invalid("tasks must name each task once, got: " + Bounded.value(tasks.toString()));
    }
    return of(tasks, json, 1);
  }

  private static PredictRequest of(List<String> tasks, JsonNode json, int most) {
    boolean single = json.has("text");
    if (single == json.has("texts")) {
      throw invalid("expected either text, a string, or texts, a list of strings");
    }
    List<String> texts = single ? List.of(string(json, "text")) : strings(json, "texts", most);
    List<String> pairs = pairs(json, single, texts.size());
    return new PredictRequest(
        tasks, Example.texts(texts, pairs), pairs != null, single, PredictOptions.read(json));
  }

  private static @Nullable List<String> pairs(JsonNode json, boolean single, int count) {
    if (json.has(single ? "text_pairs" : "text_pair")) {
      throw invalid("text_pair belongs to text, and text_pairs to texts");
    }
    if (single) {
      return json.has("text_pair") ? List.of(string(json, "text_pair")) : null;
    }
    if (!json.has("text_pairs")) {
      return null;
    }
    List<String> pairs = strings(json, "text_pairs", count);
    if (pairs.size() != count) {
      throw invalid(
          "text_pairs must have as many texts as texts, " + count + ", got " + pairs.size());
    }
    return pairs;
  }

  private static void expectFields(JsonNode json, Set<String> fields) {
    json.fieldNames()
        .forEachRemaining(
            name -> {
              if (!fields.contains(name)) {
                throw invalid(
                    "fields are "
                        + new TreeSet<>(fields)
                        + ", got: \""
                        + Bounded.value(name)
                        + "\"");
              }
            });
  }

  private static List<String> strings(JsonNode json, String name, int most) {
    JsonNode values = json.path(name);
    if (!values.isArray() || values.isEmpty() || values.size() > most) {
      throw invalid(
          name
              + " must be a list of 1 to "
              + most
              + " strings, got "
              + (values.isArray() ? values.size() + " values" : Bounded.value(values.toString())));
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      texts.add(RequestJson.text(name + "[" + i + "]", values.path(i)));
    }
    return texts;
  }

  private static String string(JsonNode json, String name) {
    return RequestJson.text(name, json.path(name));
  }

  private static DiffstreamException invalid(String message) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, message);
  }
}
