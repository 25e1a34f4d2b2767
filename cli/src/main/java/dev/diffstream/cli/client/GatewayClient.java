package dev.diffstream.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Asks a gateway over the Open Inference Protocol. */
public final class GatewayClient {
  private final HttpJson http;

  public GatewayClient(URI url) {
    this.http = new HttpJson(url);
  }

  /** A text, or a pair of texts. */
  public record Question(String text, @Nullable String textPair) {}

  /**
   * The answer to one question.
   *
   * @param label empty for a task that predicts no single label
   * @param structured a set of labels, entities or fills, as JSON; empty for other tasks
   * @param scores one per label, or the one number
   */
  public record Prediction(
      String label,
      String structured,
      List<Double> scores,
      List<String> labels,
      long version,
      String digest) {}

  public boolean ready(String task) {
    return http.status("/v2/models/" + task + "/ready") == 200;
  }

  public List<Prediction> infer(String task, List<Question> questions) {
    List<Map<String, Object>> inputs = new ArrayList<>();
    inputs.add(tensor("text", questions.stream().map(Question::text).toList()));
    if (questions.get(0).textPair() != null) {
      inputs.add(tensor("text_pair", questions.stream().map(Question::textPair).toList()));
    }
    return predictions(
        http.post("/v2/models/" + task + "/infer", Map.of("inputs", inputs)), questions.size());
  }

  private static Map<String, Object> tensor(String name, List<?> texts) {
    Map<String, Object> tensor = new LinkedHashMap<>();
    tensor.put("name", name);
    tensor.put("shape", List.of(texts.size()));
    tensor.put("datatype", "BYTES");
    tensor.put("data", texts);
    return tensor;
  }

  private static List<Prediction> predictions(JsonNode answer, int count) {
    JsonNode parameters = answer.path("parameters");
    List<String> names = new ArrayList<>();
    parameters.path("labels").forEach(name -> names.add(name.asText()));
    JsonNode labels = output(answer, "label");
    JsonNode structured = structured(answer);
    JsonNode scores = output(answer, "scores");
    JsonNode flat = scores.isMissingNode() ? output(answer, "score") : scores;
    int width = flat.size() / count;
    List<Prediction> predictions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<Double> own = new ArrayList<>();
      for (int j = 0; j < width; j++) {
        own.add(flat.get(i * width + j).asDouble());
      }
      predictions.add(
          new Prediction(
              labels.path(i).asText(""),
              structured.path(i).asText(""),
              own,
              names,
              parameters.path("version").asLong(),
              parameters.path("digest").asText()));
    }
    return predictions;
  }

  private static JsonNode structured(JsonNode answer) {
    return Stream.of("labels", "entities", "fills")
        .map(name -> output(answer, name))
        .filter(JsonNode::isArray)
        .findFirst()
        .orElse(MissingNode.getInstance());
  }

  private static JsonNode output(JsonNode answer, String name) {
    for (JsonNode output : answer.path("outputs")) {
      if (output.path("name").asText().equals(name)) {
        return output.path("data");
      }
    }
    return MissingNode.getInstance();
  }
}
