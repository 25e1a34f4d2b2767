package dev.diffstream.service.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** What the compiler writes of the controllers, and what is served in place of it. */
final class OpenApiDocumentTest {
  private static final String WRITTEN =
      """
      openapi: 3.0.1
      paths:
        /ask/{task}:
          post:
            parameters:
            - {name: Diffstream-Actor, in: header, schema: {type: object}}
            - {name: task, in: path, required: true, schema: {type: string}}
            requestBody: {content: {'*/*': {schema: {type: string, format: byte}}}}
            responses:
              '200':
                description: ok
                content:
                  application/json: {schema: {$ref: '#/components/schemas/HttpResponse_byte_'}}
        /run:
          get:
            responses:
              '200':
                description: ok
                content: {application/json: {schema: {$ref: '#/components/schemas/Run'}}}
      components:
        schemas:
          HttpResponse_byte_: {properties: {status: {$ref: '#/components/schemas/HttpStatus'}}}
          HttpStatus: {type: string, enum: [OK]}
          Phase: {type: string, enum: [HEAD_ONLY]}
          FailureCode: {type: object, properties: {name: {type: string}}}
          Run:
            required: [phase, code, gate]
            properties:
              phase: {$ref: '#/components/schemas/Phase'}
              code: {$ref: '#/components/schemas/FailureCode'}
              gate: {type: number, nullable: true}
      """;

  private final Map<String, Object> corrected =
      new Yaml().load(new String(OpenApiDocument.corrected(WRITTEN.getBytes(UTF_8)), UTF_8));

  @Test
  void everyRouteMayFail() {
    for (Object responses :
        List.of(
            at("paths", "/ask/{task}", "post", "responses"),
            at("paths", "/run", "get", "responses"))) {
      assertThat(object(responses)).containsOnlyKeys("200", "default");
      assertThat(at(responses, "default", "content", "application/json", "schema", "required"))
          .isEqualTo(List.of("error"));
    }
  }

  @Test
  void bytesAreNoTextInBase64() {
    Object ask = at("paths", "/ask/{task}", "post");
    assertThat(at(ask, "requestBody", "content", "*/*", "schema", "type")).isEqualTo("object");
    assertThat(object(at(ask, "responses", "200", "content", "application/json"))).isEmpty();
  }

  @Test
  void theActorIsAText() {
    List<?> parameters = (List<?>) at("paths", "/ask/{task}", "post", "parameters");
    assertThat(at(parameters.get(0), "schema", "type")).isEqualTo("string");
    assertThat(at(parameters.get(0), "schema", "maxLength")).isEqualTo(256);
    assertThat(object(at(parameters.get(1), "schema"))).isEqualTo(Map.of("type", "string"));
  }

  @Test
  void schemasSayWhatStandsInJson() {
    assertThat(object(at("components", "schemas"))).containsOnlyKeys("Phase", "FailureCode", "Run");
    assertThat(at("components", "schemas", "Phase", "enum")).isEqualTo(List.of("head-only"));
    assertThat(object(at("components", "schemas", "FailureCode"))).containsOnlyKeys("type");
    assertThat(at("components", "schemas", "Run", "required")).isEqualTo(List.of("phase", "code"));
  }

  private Object at(String... path) {
    return at(corrected, path);
  }

  private static Object at(Object from, String... path) {
    Object found = from;
    for (String name : path) {
      Map<String, Object> object = object(found);
      assertThat(object).containsKey(name);
      found = Objects.requireNonNull(object.get(name));
    }
    return found;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Object value) {
    return (Map<String, Object>) value;
  }
}
