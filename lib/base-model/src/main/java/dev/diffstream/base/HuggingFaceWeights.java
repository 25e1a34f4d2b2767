package dev.diffstream.base;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.HalfFloat;
import dev.diffstream.schemas.safetensors.Safetensors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** {@code config.json} and {@code model.safetensors} of a BERT encoder, by canonical names. */
final class HuggingFaceWeights {
  private static final Pattern IGNORED =
      Pattern.compile("(pooler|cls|classifier|qa_outputs|lm_head)\\..*|.*position_ids");

  private HuggingFaceWeights() {}

  static Architecture architecture(JsonNode config) {
    String type = config.path("model_type").asText("");
    if (!type.equals("bert")) {
      throw new DiffstreamException(
          ErrorCode.BASE_UNKNOWN,
          "config.json: model_type must be bert (the supported architecture), got: \""
              + type
              + "\"");
    }
    String positions = config.path("position_embedding_type").asText("absolute");
    String activation = config.path("hidden_act").asText("gelu");
    if (!positions.equals("absolute")
        || !java.util.Set.of("gelu", "gelu_new", "relu").contains(activation)) {
      throw new DiffstreamException(
          ErrorCode.BASE_UNKNOWN,
          "config.json: expected absolute positions and gelu, gelu_new or relu, got: "
              + positions
              + ", "
              + activation);
    }
    try {
      return new Architecture(
          config.path("hidden_size").asInt(),
          config.path("num_hidden_layers").asInt(),
          config.path("num_attention_heads").asInt(),
          config.path("intermediate_size").asInt(),
          config.path("vocab_size").asInt(),
          config.path("max_position_embeddings").asInt(),
          config.path("type_vocab_size").asInt(2),
          config.path("layer_norm_eps").asDouble(1e-12),
          activation);
    } catch (IllegalArgumentException e) {
      throw new DiffstreamException(ErrorCode.BASE_UNKNOWN, "config.json: " + e.getMessage(), e);
    }
  }

  static Map<String, RawTensor> read(ByteBuffer file) {
    Safetensors.Header header;
    try {
      header = Safetensors.read(file);
    } catch (DiffstreamException e) {
      throw new DiffstreamException(ErrorCode.BASE_UNKNOWN, "model.safetensors " + e.reason(), e);
    }
    Map<String, RawTensor> tensors = new TreeMap<>();
    for (Safetensors.Entry entry : header.entries().values()) {
      String name = canonical(entry.name());
      if (!IGNORED.matcher(name).matches()) {
        tensors.put(name, tensor(entry, file));
      }
    }
    return tensors;
  }

  private static String canonical(String name) {
    String plain = name.startsWith("bert.") ? name.substring("bert.".length()) : name;
    return plain
        .replace("LayerNorm.gamma", "LayerNorm.weight")
        .replace("LayerNorm.beta", "LayerNorm.bias");
  }

  private static RawTensor tensor(Safetensors.Entry entry, ByteBuffer file) {
    ByteBuffer in =
        file.slice((int) entry.offset(), (int) entry.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[(int) entry.elements()];
    switch (entry.dtype()) {
      case "F32" -> in.asFloatBuffer().get(values);
      case "F16" -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = HalfFloat.toFloat(in.getShort());
        }
      }
      case "BF16" -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = Float.intBitsToFloat(in.getShort() << 16);
        }
      }
      default ->
          throw new DiffstreamException(
              ErrorCode.BASE_UNKNOWN,
              "model.safetensors: "
                  + entry.name()
                  + " must be F32, F16 or BF16, got: "
                  + entry.dtype());
    }
    return new RawTensor(entry.shape().stream().map(Math::toIntExact).toList(), values);
  }
}
