package dev.diffstream.service.http;

import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.registry.ActorName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;

/**
 * The OpenAPI document as the compiler writes it from the controllers, corrected where it would say
 * what does not hold. Annotations can say none of this for all routes at once:
 *
 * <ul>
 *   <li>every route fails with a JSON object that has a field {@code error};
 *   <li>bodies that a method takes or returns as bytes are JSON, not a text in base64, and those
 *       that it takes an object;
 *   <li>what may be absent is not required;
 *   <li>the form of the header {@code Diffstream-Actor}, and of API keys;
 *   <li>the values of enums stand in JSON in lower case, codes of failures as texts.
 * </ul>
 */
final class OpenApiDocument {
  private static final String SCHEMAS = "#/components/schemas/";

  private static final Map<String, Object> FAILURE =
      Map.of("type", "object", "required", List.of("error"));

  private final Map<String, Object> document;

  private OpenApiDocument(Map<String, Object> document) {
    this.document = document;
  }

  static byte[] corrected(byte[] written) {
    Map<String, Object> document = new Yaml().load(new String(written, StandardCharsets.UTF_8));
    OpenApiDocument corrected = new OpenApiDocument(document);
    objects(document.get("paths")).forEach(path -> objects(path).forEach(OpenApiDocument::correct));
    corrected.correctSchemas();
    corrected.addApiKeys();
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    options.setWidth(120);
    return new Yaml(options).dump(document).getBytes(StandardCharsets.UTF_8);
  }

  private static void correct(Map<String, Object> operation) {
    for (Map<String, Object> parameter : objects(operation.get("parameters"))) {
      if (ActorName.HEADER.equals(parameter.get("name"))) {
        parameter.put(
            "schema",
            Map.of(
                "type", "string",
                "pattern", "^[!-~]+( [!-~]+)*$",
                "maxLength", ActorName.MAX_CHARS));
      }
    }
    if (operation.get("requestBody") instanceof Map<?, ?> body) {
      for (Map<String, Object> content : objects(body.get("content"))) {
        correctContent(content);
        content.putIfAbsent("schema", Map.of("type", "object"));
      }
    }
    if (operation.get("responses") instanceof Map<?, ?> found) {
      Map<String, Object> responses = object(found);
      objects(responses)
          .forEach(
              response ->
                  objects(response.get("content")).forEach(OpenApiDocument::correctContent));
      responses.put(
          "default",
          Map.of(
              "description",
              "A failure; its code stands in the header diffstream-error-code too.",
              "content",
              Map.of("application/json", Map.of("schema", FAILURE))));
    }
  }

  /** A body whose schema is that of a byte array, or of the framework's own answer. */
  private static void correctContent(Map<String, Object> content) {
    Map<String, Object> schema = object(content.get("schema"));
    boolean bytes = "byte".equals(schema.get("format"));
    boolean framework = String.valueOf(schema.get("$ref")).startsWith(SCHEMAS + "HttpResponse_");
    if (bytes || framework) {
      content.remove("schema");
    }
  }

  /** Drops what is not referred to: the framework's own types. */
  private void correctSchemas() {
    Map<String, Object> components = object(document.get("components"));
    Map<String, Object> schemas = object(components.get("schemas"));
    Set<String> used = new HashSet<>();
    collect(document.get("paths"), schemas, used);
    schemas.keySet().retainAll(used);
    if (schemas.isEmpty()) {
      document.remove("components");
    }
    schemas.replace(FailureCode.class.getSimpleName(), Map.of("type", "string"));
    for (Map<String, Object> schema : objects(schemas)) {
      dropNullable(schema);
      lowerEnum(schema);
    }
  }

  /** A key may be needed, and is not where a service is set up without. */
  private void addApiKeys() {
    Map<String, Object> components = new LinkedHashMap<>(object(document.get("components")));
    components.put("securitySchemes", Map.of("apiKey", Map.of("type", "http", "scheme", "bearer")));
    document.put("components", components);
    document.put("security", List.of(Map.of("apiKey", List.of()), Map.of()));
  }

  private static void lowerEnum(Map<String, Object> schema) {
    if (schema.get("enum") instanceof List<?> names) {
      schema.put(
          "enum",
          names.stream()
              .map(name -> name.toString().toLowerCase(Locale.ROOT).replace('_', '-'))
              .toList());
    }
  }

  private static void dropNullable(Map<String, Object> schema) {
    if (schema.get("required") instanceof List<?> required) {
      Map<String, Object> properties = object(schema.get("properties"));
      List<Object> always = new ArrayList<>(required);
      always.removeIf(name -> Boolean.TRUE.equals(object(properties.get(name)).get("nullable")));
      schema.put("required", always);
    }
  }

  private static void collect(
      @Nullable Object value, Map<String, Object> schemas, Set<String> used) {
    switch (value) {
      case Map<?, ?> map -> {
        if (map.get("$ref") instanceof String ref
            && ref.startsWith(SCHEMAS)
            && used.add(ref.substring(SCHEMAS.length()))) {
          collect(schemas.get(ref.substring(SCHEMAS.length())), schemas, used);
        }
        map.values().forEach(inner -> collect(inner, schemas, used));
      }
      case List<?> list -> list.forEach(inner -> collect(inner, schemas, used));
      case null, default -> {}
    }
  }

  @SuppressWarnings("unchecked") // keys of an OpenAPI document are texts
  private static Map<String, Object> object(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
  }

  /** The objects of a list, or behind the names of an object. */
  private static List<Map<String, Object>> objects(@Nullable Object value) {
    Collection<?> all =
        switch (value) {
          case Map<?, ?> map -> map.values();
          case List<?> list -> list;
          case null, default -> List.of();
        };
    return all.stream().filter(Map.class::isInstance).map(OpenApiDocument::object).toList();
  }
}
