package dev.diffstream.base.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.diffstream.base.architecture.Activation;
import dev.diffstream.base.architecture.Architecture;
import dev.diffstream.base.architecture.Family;
import java.io.IOException;
import java.util.Optional;

/**
 * Reads a Hugging Face {@code config.json} of one of the {@link Family families}. A field that is
 * absent or null has the default of the family's configuration class; sizes of the encoder have
 * none, since a wrong guess would only show in the weights.
 */
public final class EncoderConfig {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double DEFAULT_EPS = 1e-12;
  private static final int DEFAULT_TYPE_VOCAB = 2;
  private static final int DEFAULT_ROBERTA_PADDING = 1;
  private static final int MAX_VALUE_CHARS = 60;

  private final JsonNode config;

  private EncoderConfig(JsonNode config) {
    this.config = config;
  }

  /**
   * @throws IOException if the file is not JSON
   * @throws IllegalArgumentException if it is of another model, lacks a field that has no default,
   *     or asks for what this program does not compute; the message names the field
   */
  public static Architecture parse(byte[] json) throws IOException {
    JsonNode config = JSON.readTree(json);
    if (!config.isObject()) {
      throw new IllegalArgumentException("it holds %s, expected an object".formatted(text(config)));
    }
    return new EncoderConfig(config).architecture();
  }

  private Architecture architecture() {
    Family family = family();
    requireText("position_embedding_type", "absolute");
    requireText("is_decoder", "false");
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
        family.hasTokenTypes() ? size("type_vocab_size", DEFAULT_TYPE_VOCAB) : 0,
        family == Family.DISTILBERT ? DEFAULT_EPS : layerNormEps(),
        activation(fields.act()));
  }

  /** By {@code model_type}; in older files without it, by the class in {@code architectures}. */
  private Family family() {
    Optional<Family> family =
        isAbsent("model_type")
            ? Family.ofModelClass(config.path("architectures").path(0).asText())
            : Family.of(config.path("model_type").asText());
    return family.orElseThrow(
        () ->
            new IllegalArgumentException(
                ("model_type is %s, supported are bert, roberta, xlm-roberta, distilbert"
                        + " and electra")
                    .formatted(value("model_type"))));
  }

  private void requireText(String field, String expected) {
    if (!isAbsent(field) && !config.path(field).asText().equals(expected)) {
      throw new IllegalArgumentException(
          "%s is %s, supported is %s".formatted(field, value(field), expected));
    }
  }

  private int padding() {
    int padding = size("pad_token_id", DEFAULT_ROBERTA_PADDING);
    if (padding < 0 || padding > size("max_position_embeddings")) {
      throw new IllegalArgumentException(
          "pad_token_id is %d, expected 0 to max_position_embeddings".formatted(padding));
    }
    return padding;
  }

  private int size(String field, int absent) {
    return isAbsent(field) ? absent : size(field);
  }

  private int size(String field) {
    JsonNode value = config.path(field);
    if (!value.canConvertToInt() || !value.isIntegralNumber()) {
      throw new IllegalArgumentException(
          "%s is %s, expected a whole number".formatted(field, value(field)));
    }
    return value.intValue();
  }

  private double layerNormEps() {
    if (isAbsent("layer_norm_eps")) {
      return DEFAULT_EPS;
    }
    if (!config.path("layer_norm_eps").isNumber()) {
      throw new IllegalArgumentException(
          "layer_norm_eps is %s, expected a number".formatted(value("layer_norm_eps")));
    }
    return config.path("layer_norm_eps").doubleValue();
  }

  private Activation activation(String field) {
    String name = isAbsent(field) ? "gelu" : config.path(field).asText();
    return switch (name) {
      case "gelu", "gelu_python" -> Activation.GELU;
      case "gelu_new", "gelu_pytorch_tanh" -> Activation.GELU_NEW;
      case "relu" -> Activation.RELU;
      default ->
          throw new IllegalArgumentException(
              "%s is %s, supported are gelu, gelu_new, gelu_pytorch_tanh and relu"
                  .formatted(field, value(field)));
    };
  }

  private boolean isAbsent(String field) {
    return config.path(field).isMissingNode() || config.path(field).isNull();
  }

  /** For messages. */
  private String value(String field) {
    JsonNode value = config.path(field);
    return value.isMissingNode() ? "missing" : text(value);
  }

  private static String text(JsonNode value) {
    String text = value.toString();
    return text.length() <= MAX_VALUE_CHARS ? text : text.substring(0, MAX_VALUE_CHARS) + "…";
  }
}
