package dev.diffstream.gateway.tei;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.diffstream.base.input.TextToken;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.face.RequestLimits;
import dev.diffstream.gateway.protocol.OipBodies;
import dev.diffstream.schemas.json.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What {@code info} and {@code tokenize} answer. */
public final class TeiBodies {
  private TeiBodies() {}

  private record Token(int id, String text, boolean special, int start, int stop) {
    static Token of(TextToken token) {
      return new Token(token.id(), token.text(), token.special(), token.start(), token.end());
    }
  }

  private record Classifier(Map<String, String> id2label, Map<String, Integer> label2id) {}

  private record ModelType(Classifier classifier) {}

  /**
   * @param sha digest of the diff that serves the task
   */
  private record Info(
      @JsonProperty("model_id") String model,
      @JsonProperty("model_sha") String sha,
      @JsonProperty("model_dtype") String dtype,
      @JsonProperty("model_type") ModelType type,
      @JsonProperty("max_input_length") int maxTokens,
      @JsonProperty("max_client_batch_size") int maxTexts,
      @JsonProperty("auto_truncate") boolean autoTruncate,
      String version) {}

  /** The tokens of each text. */
  public static byte[] tokens(List<List<TextToken>> texts) {
    return Json.writeUnsorted(
        texts.stream().map(tokens -> tokens.stream().map(Token::of).toList()).toList());
  }

  /** A task as a model of its own. */
  public static byte[] info(ResidentDiff diff, RequestLimits limits) {
    return Json.writeUnsorted(
        new Info(
            diff.taskId(),
            diff.digest(),
            "float32",
            new ModelType(classifier(diff.metadata().labels())),
            diff.metadata().maxTokens(),
            limits.maxTexts(),
            false,
            OipBodies.SERVER.version()));
  }

  private static Classifier classifier(List<String> labels) {
    Map<String, String> names = new LinkedHashMap<>();
    Map<String, Integer> ids = new LinkedHashMap<>();
    for (int i = 0; i < labels.size(); i++) {
      names.put(Integer.toString(i), labels.get(i));
      ids.put(labels.get(i), i);
    }
    return new Classifier(names, ids);
  }
}
