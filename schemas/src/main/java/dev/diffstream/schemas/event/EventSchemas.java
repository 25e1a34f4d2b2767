package dev.diffstream.schemas.event;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.json.QuickSchema;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** The JSON Schemas (2020-12) of all event types, compiled once. */
final class EventSchemas {
  private static final int MAX_ERRORS_SHOWN = 5;
  private static final Map<EventType, Schema> SCHEMAS = load();
  private static final Map<EventType, JsonNode> TEXTS = texts();
  private static final Map<EventType, QuickSchema> QUICK = quick();

  /** Read as the field that took their place. */
  private static final Set<String> FORMER_NAMES = Set.of("/gate/leastGain");

  private EventSchemas() {}

  /** Fails with INVALID_EVENT, naming each place and what was expected there. */
  static void check(EventType type, JsonNode data) {
    if (quick(type).surelyFits(data)) {
      return;
    }
    checkExactly(type, data);
  }

  /** As {@link #check}, by the library alone. */
  static void checkExactly(EventType type, JsonNode data) {
    List<Error> errors = Objects.requireNonNull(SCHEMAS.get(type)).validate(data);
    if (!errors.isEmpty()) {
      String shown =
          errors.stream()
              .limit(MAX_ERRORS_SHOWN)
              .map(
                  e ->
                      (e.getInstanceLocation().toString().isEmpty() ? "/" : e.getInstanceLocation())
                          + " "
                          + e.getMessage())
              .collect(Collectors.joining("; "));
      throw new DiffstreamException(ErrorCode.INVALID_EVENT, type.typeName() + ": " + shown);
    }
  }

  /** JSON pointers to the fields of {@code data} that the schema's properties do not name. */
  static List<String> unknownFields(EventType type, JsonNode data) {
    List<String> unknown = new ArrayList<>();
    addUnknown(unknown, "", Objects.requireNonNull(TEXTS.get(type)), data);
    return List.copyOf(unknown);
  }

  private static void addUnknown(
      List<String> unknown, String place, JsonNode schema, JsonNode data) {
    JsonNode properties = schema.path("properties");
    if (!properties.isObject() || !data.isObject()) {
      return; // free names, as those of settings
    }
    data.properties()
        .forEach(
            field -> {
              String pointer = place + "/" + field.getKey();
              if (properties.has(field.getKey())) {
                addUnknown(unknown, pointer, properties.get(field.getKey()), field.getValue());
              } else if (!FORMER_NAMES.contains(pointer)) {
                unknown.add(pointer);
              }
            });
  }

  private static Map<EventType, JsonNode> texts() {
    Map<EventType, JsonNode> texts = new EnumMap<>(EventType.class);
    for (EventType type : EventType.values()) {
      try (InputStream in = open(type)) {
        texts.put(type, Json.parse(in.readAllBytes(), type.schemaResource()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return texts;
  }

  private static Map<EventType, QuickSchema> quick() {
    Map<EventType, QuickSchema> schemas = new EnumMap<>(EventType.class);
    TEXTS.forEach((type, text) -> schemas.put(type, QuickSchema.of(text)));
    return schemas;
  }

  static QuickSchema quick(EventType type) {
    return Objects.requireNonNull(QUICK.get(type));
  }

  private static InputStream open(EventType type) {
    InputStream in = EventSchemas.class.getResourceAsStream(type.schemaResource());
    if (in == null) {
      throw new IllegalStateException("missing resource " + type.schemaResource());
    }
    return in;
  }

  private static Map<EventType, Schema> load() {
    SchemaRegistry registry =
        SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder ->
                builder.schemaRegistryConfig(
                    SchemaRegistryConfig.builder()
                        .formatAssertionsEnabled(true)
                        .locale(java.util.Locale.ENGLISH)
                        .build()));
    Map<EventType, Schema> schemas = new EnumMap<>(EventType.class);
    for (EventType type : EventType.values()) {
      try (InputStream in = open(type)) {
        schemas.put(type, registry.getSchema(in));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return schemas;
  }
}
