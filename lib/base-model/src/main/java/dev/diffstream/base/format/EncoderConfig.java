package dev.diffstream.base.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.diffstream.base.architecture.Activation;
import dev.diffstream.base.architecture.Architecture;
import dev.diffstream.base.architecture.Family;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.IOException;

/** Reads a Hugging Face {@code config.json} of one of the {@link Family families}. */
public final class EncoderConfig {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double DEFAULT_EPS = 1e-12;

  private final JsonNode config;

  private EncoderConfig(JsonNode config) {
    this.config = config;
  }

  /**
   * @throws DiffstreamException BASE_UNKNOWN if the file is of another model, or asks for what this
   *     program does not compute
   */
  public static Architecture parse(String base, byte[] json) {
    try {
      return new EncoderConfig(JSON.readTree(json)).architecture();
    } catch (IOException | IllegalArgumentException e) {
      throw new DiffstreamException(
          ErrorCode.BASE_UNKNOWN,
          "base %s has an unsupported config.json: %s".formatted(base, e.getMessage()),
          e);
    }
  }

  private Architecture architecture() {
    Family family = family();
    require("position_embedding_type", "absolute");
    require("is_decoder", "false");
    Family.Fields fields = family.fields();
    int hidden = size(fields.hidden());
    int firstPosition = family.positionsFollowPadding() ? padding() + 1 : 0;
    return new Architecture(
        family,
        hidden,
        family.projectsEmbeddings() ? size("embedding_size") : hidden,
        size(fields.layers()),
        size(fields.heads()),
        size(fields.intermediate()),
        size("vocab_size"),
        firstPosition,
        size("max_position_embeddings") - firstPosition,
        family.hasTokenTypes() ? size("type_vocab_size") : 0,
        family == Family.DISTILBERT
            ? DEFAULT_EPS
            : config.path("layer_norm_eps").asDouble(DEFAULT_EPS),
        activation(fields.act()));
  }

  private Family family() {
    String type = config.path("model_type").asText();
    return Family.of(type)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    ("model_type is \"%s\", supported are bert, roberta, xlm-roberta, distilbert"
                            + " and electra")
                        .formatted(type)));
  }

  private void require(String field, String expected) {
    String actual = config.path(field).asText(expected);
    if (!actual.equals(expected)) {
      throw new IllegalArgumentException(
          "%s is \"%s\", supported is \"%s\"".formatted(field, actual, expected));
    }
  }

  private int padding() {
    int padding = config.has("pad_token_id") ? size("pad_token_id") : 1;
    if (padding < 0 || padding > size("max_position_embeddings")) {
      throw new IllegalArgumentException(
          "pad_token_id is %d, expected 0 to max_position_embeddings".formatted(padding));
    }
    return padding;
  }

  private int size(String field) {
    JsonNode value = config.path(field);
    if (!value.canConvertToInt() || !value.isIntegralNumber()) {
      throw new IllegalArgumentException("%s is %s, expected a number".formatted(field, value));
    }
    return value.intValue();
  }

  private Activation activation(String field) {
    String name = config.path(field).asText("gelu");
    return switch (name) {
      case "gelu" -> Activation.GELU;
      case "gelu_new", "gelu_pytorch_tanh" -> Activation.GELU_NEW;
      case "relu" -> Activation.RELU;
      default ->
          throw new IllegalArgumentException(
              "%s is \"%s\", supported are gelu, gelu_new, gelu_pytorch_tanh and relu"
                  .formatted(field, name));
    };
  }
}
