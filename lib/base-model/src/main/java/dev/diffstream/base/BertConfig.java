package dev.diffstream.base;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.IOException;

/** Reads a Hugging Face {@code config.json} of model type bert. */
final class BertConfig {
  private static final ObjectMapper JSON = new ObjectMapper();

  private BertConfig() {}

  /**
   * @throws DiffstreamException BASE_UNKNOWN if the file is of another model, or asks for what this
   *     program does not compute
   */
  static Architecture parse(String base, byte[] json) {
    try {
      JsonNode config = JSON.readTree(json);
      require(config, "model_type", "bert", "");
      require(config, "position_embedding_type", "absolute", "absolute");
      require(config, "is_decoder", "false", "false");
      return new Architecture(
          size(config, "hidden_size"),
          size(config, "num_hidden_layers"),
          size(config, "num_attention_heads"),
          size(config, "intermediate_size"),
          size(config, "vocab_size"),
          size(config, "max_position_embeddings"),
          size(config, "type_vocab_size"),
          config.path("layer_norm_eps").asDouble(1e-12),
          activation(config.path("hidden_act").asText("gelu")));
    } catch (IOException | IllegalArgumentException e) {
      throw new DiffstreamException(
          ErrorCode.BASE_UNKNOWN,
          "base %s has an unsupported config.json: %s".formatted(base, e.getMessage()),
          e);
    }
  }

  private static void require(JsonNode config, String field, String expected, String absent) {
    String actual = config.path(field).asText(absent);
    if (!actual.equals(expected)) {
      throw new IllegalArgumentException(
          "%s is \"%s\", supported is \"%s\"".formatted(field, actual, expected));
    }
  }

  private static int size(JsonNode config, String field) {
    JsonNode value = config.path(field);
    if (!value.canConvertToInt() || !value.isIntegralNumber()) {
      throw new IllegalArgumentException("%s is %s, expected a number".formatted(field, value));
    }
    return value.intValue();
  }

  private static Activation activation(String name) {
    return switch (name) {
      case "gelu" -> Activation.GELU;
      case "gelu_new", "gelu_pytorch_tanh" -> Activation.GELU_NEW;
      case "relu" -> Activation.RELU;
      default ->
          throw new IllegalArgumentException(
              "hidden_act is \"%s\", supported are gelu, gelu_new, gelu_pytorch_tanh and relu"
                  .formatted(name));
    };
  }
}
