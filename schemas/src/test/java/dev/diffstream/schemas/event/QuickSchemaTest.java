package dev.diffstream.schemas.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever is surely valid is valid to the library too: goldens, and what random changes make. */
class QuickSchemaTest {
  private static final int CHANGED = 3_000;
  private static final List<String> TEXTS =
      List.of("", "a", "A", "-", "task\n", "\n", "x".repeat(5_000), "\uD83D\uDE00".repeat(64), "é");
  private static final List<JsonNode> NUMBERS =
      List.of(
          JsonNodeFactory.instance.numberNode(0),
          JsonNodeFactory.instance.numberNode(-1),
          JsonNodeFactory.instance.numberNode(1.0),
          JsonNodeFactory.instance.numberNode(0.5),
          JsonNodeFactory.instance.numberNode(Long.MAX_VALUE),
          JsonNodeFactory.instance.numberNode(new java.math.BigInteger("9".repeat(30))));

  private static JsonNode golden(EventType type) throws IOException {
    try (InputStream in =
        QuickSchemaTest.class.getResourceAsStream("/v1/events/" + type.typeName() + ".txt")) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), UTF_8);
      return Json.parse(text.substring(text.indexOf("\n\n") + 2).getBytes(UTF_8), "golden");
    }
  }

  @ParameterizedTest
  @EnumSource(EventType.class)
  void whatIsSurelyValidIsValid(EventType type) throws IOException {
    long seed = Long.getLong("quick.seed", System.nanoTime());
    System.out.println("quick.seed=" + seed);
    Random random = new Random(seed);
    JsonNode golden = golden(type);
    int sure = 0;
    for (int i = 0; i < CHANGED; i++) {
      JsonNode data = golden.deepCopy();
      for (int change = random.nextInt(3); change >= 0; change--) {
        change(data, random);
      }
      if (EventSchemas.quick(type).surelyFits(data)) {
        sure++;
        assertThatCode(() -> EventSchemas.checkExactly(type, data))
            .as("%s", data)
            .doesNotThrowAnyException();
      }
    }
    assertThat(sure).as("data that were surely valid").isPositive().isLessThan(CHANGED);
  }

  /** The events that a registry and a gateway read by the hundred thousand. */
  @ParameterizedTest
  @EnumSource(
      value = EventType.class,
      names = {"VERSION_ANNOUNCED", "RUN_PROGRESSED", "DIFF_PUBLISHED", "RUN_FAILED"})
  void whatIsReadOftenestIsSure(EventType type) throws IOException {
    assertThat(EventSchemas.quick(type).surelyFits(golden(type))).isTrue();
  }

  /** Another value somewhere, a field less, or a field more. */
  private static void change(JsonNode data, Random random) {
    List<JsonNode> containers = new ArrayList<>();
    collect(data, containers);
    JsonNode chosen = containers.get(random.nextInt(containers.size()));
    if (chosen instanceof ArrayNode array) {
      array.add(value(random));
      return;
    }
    ObjectNode object = (ObjectNode) chosen;
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    if (names.isEmpty() || random.nextInt(5) == 0) {
      object.set(TEXTS.get(random.nextInt(TEXTS.size())), value(random));
      return;
    }
    String name = names.get(random.nextInt(names.size()));
    if (random.nextInt(4) == 0) {
      object.remove(name);
    } else {
      object.set(name, value(random));
    }
  }

  private static void collect(JsonNode node, List<JsonNode> containers) {
    if (node.isContainerNode()) {
      containers.add(node);
      node.forEach(child -> collect(child, containers));
    }
  }

  private static JsonNode value(Random random) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    return switch (random.nextInt(6)) {
      case 0, 1 -> json.textNode(TEXTS.get(random.nextInt(TEXTS.size())));
      case 2, 3 -> NUMBERS.get(random.nextInt(NUMBERS.size()));
      case 4 -> random.nextBoolean() ? json.nullNode() : json.booleanNode(random.nextBoolean());
      default -> random.nextBoolean() ? json.objectNode() : json.arrayNode();
    };
  }
}
