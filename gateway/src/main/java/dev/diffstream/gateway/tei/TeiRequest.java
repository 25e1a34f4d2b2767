package dev.diffstream.gateway.tei;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.gateway.model.Example;
import dev.diffstream.gateway.prediction.PredictOptions;
import dev.diffstream.gateway.prediction.PredictRequest;
import dev.diffstream.gateway.protocol.RequestJson;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/**
 * The body of a request. Fields that say nothing here are passed over, as its server does.
 *
 * @param json an object
 */
public record TeiRequest(JsonNode json) {
  private static final String MODEL = "model";
  private static final String INPUTS = "inputs";

  /** Of all texts whose tokens are asked together. */
  private static final int MAX_CHARS = 100_000;

  private static final String FORMS =
      "inputs must be a string, a pair of strings [string, string], or a batch of both"
          + " [[string], [string, string], ...]";

  public static TeiRequest read(byte[] body) {
    return new TeiRequest(RequestJson.object(body));
  }

  /** The task that is asked, where the path does not name it. */
  public String model() {
    if (!json.has(MODEL)) {
      throw invalid("expected the task in the field model, or in the path /tei/{model}");
    }
    return RequestJson.text(MODEL, json.path(MODEL));
  }

  /**
   * What {@code predict} asks.
   *
   * @param most texts in one request
   */
  public PredictRequest predict(int most) {
    JsonNode inputs = json.path(INPUTS);
    boolean single = !inputs.isArray() || inputs.path(0).isTextual();
    List<Example.OfText> examples = new ArrayList<>();
    if (single) {
      examples.add(example(INPUTS, inputs));
    } else {
      expectCount(inputs, most);
      for (int i = 0; i < inputs.size(); i++) {
        examples.add(example(INPUTS + "[" + i + "]", inputs.path(i)));
      }
    }
    boolean pairs = examples.getFirst().textPair() != null;
    if (examples.stream().anyMatch(example -> (example.textPair() != null) != pairs)) {
      throw invalid("a task reads single texts or pairs of texts, got both in one batch");
    }
    PredictOptions options = PredictOptions.plain(!flag("truncate", false));
    return new PredictRequest(List.of(), List.copyOf(examples), pairs, single, options);
  }

  private static Example.OfText example(String name, JsonNode value) {
    if (value.isTextual()) {
      return new Example.OfText(RequestJson.text(name, value), null);
    }
    if (!value.isArray() || value.isEmpty() || value.size() > 2) {
      throw invalid(FORMS + ", got: " + Bounded.value(value.toString()));
    }
    String first = RequestJson.text(name + "[0]", value.path(0));
    return new Example.OfText(
        first, value.size() == 1 ? null : RequestJson.text(name + "[1]", value.path(1)));
  }

  private static void expectCount(JsonNode inputs, int most) {
    if (inputs.isEmpty() || inputs.size() > most) {
      throw invalid("inputs must have from 1 to %d texts, got %d".formatted(most, inputs.size()));
    }
  }

  /** Whether logits are wanted, and not probabilities. */
  public boolean rawScores() {
    return flag("raw_scores", false);
  }

  /** Whether the tokens around a text are wanted too. */
  public boolean addSpecialTokens() {
    return flag("add_special_tokens", true);
  }

  /**
   * The texts whose tokens are asked.
   *
   * @param most texts in one request
   */
  public List<String> texts(int most) {
    JsonNode inputs = json.path(INPUTS);
    if (!inputs.isArray()) {
      return bounded(List.of(RequestJson.text(INPUTS, inputs)));
    }
    expectCount(inputs, most);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      texts.add(RequestJson.text(INPUTS + "[" + i + "]", inputs.path(i)));
    }
    return bounded(texts);
  }

  private static List<String> bounded(List<String> texts) {
    long chars = texts.stream().mapToLong(String::length).sum();
    if (chars > MAX_CHARS) {
      throw invalid(
          "expected at most %,d characters to split into tokens, got %,d"
              .formatted(MAX_CHARS, chars));
    }
    return texts;
  }

  private boolean flag(String name, boolean absent) {
    JsonNode value = json.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return absent;
    }
    if (!value.isBoolean()) {
      throw invalid(name + " must be true or false, got: " + Bounded.value(value.toString()));
    }
    return value.booleanValue();
  }

  private static DiffstreamException invalid(String message) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, message);
  }
}
