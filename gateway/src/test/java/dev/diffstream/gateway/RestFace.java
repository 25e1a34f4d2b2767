package dev.diffstream.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.gateway.protocol.InferResult;
import dev.diffstream.gateway.protocol.JsonInferReader;
import dev.diffstream.schemas.json.Json;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * REST, with data in JSON or as raw bytes behind it.
 *
 * @param raw whether inputs are raw
 */
record RestFace(TinyGateway gateway, boolean raw) implements Face {
  @Override
  public Reply infer(Ask ask) throws Exception {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    byte[] json = Json.write(body(ask, data));
    String path =
        "/v2/models/"
            + ask.task()
            + (ask.version().isEmpty() ? "" : "/versions/" + ask.version())
            + "/infer";
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(json);
    body.writeBytes(data.toByteArray());
    return reply(
        gateway.post(
            path, body.toByteArray(), JsonInferReader.HEADER, Integer.toString(json.length)));
  }

  private Map<String, Object> body(Ask ask, ByteArrayOutputStream data) {
    Map<String, Object> body = new LinkedHashMap<>();
    if (!ask.id().isEmpty()) {
      body.put("id", ask.id());
    }
    body.put("parameters", ask.parameters());
    body.put("inputs", ask.inputs().stream().map(input -> input(input, data)).toList());
    body.put("outputs", ask.outputs());
    return body;
  }

  private Map<String, Object> input(Ask.Input input, ByteArrayOutputStream data) {
    Map<String, Object> parameters = new LinkedHashMap<>(input.parameters());
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", input.name());
    json.put("datatype", input.datatype());
    json.put("shape", input.shape());
    json.put("parameters", parameters);
    if (input.hasData() && raw) {
      byte[] bytes = bytes(input.data());
      data.writeBytes(bytes);
      parameters.put("binary_data_size", bytes.length);
    } else if (input.hasData()) {
      json.put("data", input.data());
    }
    return json;
  }

  /** Elements as raw bytes. */
  static byte[] bytes(List<?> elements) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (Object element : elements) {
      if (element instanceof String text) {
        byte[] utf8 = text.getBytes(UTF_8);
        bytes.writeBytes(littleEndian().putInt(utf8.length).array());
        bytes.writeBytes(utf8);
      } else {
        bytes.writeBytes(littleEndian().putFloat((Float) element).array());
      }
    }
    return bytes.toByteArray();
  }

  private static ByteBuffer littleEndian() {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static Reply reply(HttpResponse<byte[]> response) {
    JsonNode json = Json.parse(response.body(), "answer");
    if (response.statusCode() != 200) {
      Reply refusal = Reply.refusal(json.path("error").asText());
      assertThat(response.headers().firstValue("diffstream-error-code")).hasValue(refusal.code());
      return refusal;
    }
    Map<String, List<Object>> outputs = new LinkedHashMap<>();
    for (JsonNode output : json.path("outputs")) {
      List<Object> elements = new ArrayList<>();
      elements.add(output.path("datatype").asText());
      elements.add(output.path("shape").toString());
      output
          .path("data")
          .forEach(
              element ->
                  elements.add(
                      element.isNumber() ? (Object) element.floatValue() : element.asText()));
      outputs.put(output.path("name").asText(), elements);
    }
    return new Reply("OK", "", json.path("id").asText(), outputs, proof(response, json));
  }

  private static Map<String, Object> proof(HttpResponse<byte[]> response, JsonNode json) {
    Map<String, Object> proof = new TreeMap<>();
    for (String header :
        List.of(InferResult.VERSION_HEADER, InferResult.DIGEST_HEADER, InferResult.ALIAS_HEADER)) {
      proof.put(header, response.headers().firstValue(header).orElse(""));
    }
    proof.put("model", json.path("model_name").asText() + json.path("model_version").asText());
    json.path("parameters")
        .properties()
        .forEach(
            field ->
                proof.put(
                    field.getKey(),
                    field.getValue().isTextual()
                        ? field.getValue().asText()
                        : field.getValue().toString()));
    return proof;
  }
}
