package dev.diffstream.cli.score;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What a task says to a row: the prediction of the gateway's {@code /v1} answers with version and
 * digest of the diff, or {@code error}.
 */
record RowPrediction(ObjectNode json) {
  static RowPrediction of(JsonNode prediction, JsonNode answer) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    prediction.properties().forEach(field -> json.set(field.getKey(), field.getValue()));
    json.set("version", answer.path("version"));
    json.set("digest", answer.path("digest"));
    return new RowPrediction(json);
  }

  static RowPrediction failed(String error) {
    return new RowPrediction(JsonNodeFactory.instance.objectNode().put("error", error));
  }

  boolean isFailed() {
    return json.has("error");
  }

  /**
   * The label, the number, or the list of labels, entities or fills as JSON; empty if it failed.
   */
  String main() {
    for (String field : new String[] {"label", "score", "labels", "entities", "fills"}) {
      JsonNode value = json.path(field);
      if (!value.isMissingNode()) {
        return value.isContainerNode() ? value.toString() : value.asText("");
      }
    }
    return "";
  }

  /** A field as text; empty where it is not there. */
  String text(String field) {
    return json.path(field).asText("");
  }
}
