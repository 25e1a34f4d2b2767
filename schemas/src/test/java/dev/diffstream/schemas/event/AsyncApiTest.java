package dev.diffstream.schemas.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.Topics;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * The AsyncAPI document names every topic that a client may use, every event type and every schema.
 */
class AsyncApiTest {
  @Test
  void everyTopicTypeAndSchemaIsNamed() throws IOException {
    String document;
    try (InputStream in =
        AsyncApiTest.class.getResourceAsStream("/dev/diffstream/schemas/asyncapi.yaml")) {
      document = new String(Objects.requireNonNull(in).readAllBytes(), UTF_8);
    }
    for (Topics.Topic topic : Topics.all()) {
      if (!topic.name().equals(Topics.TASKS_BROKER_DEAD_LETTERS)) {
        assertThat(document).contains("address: " + topic.name() + "\n");
      }
    }
    for (EventType type : EventType.values()) {
      assertThat(document).contains("name: " + type.typeName() + "\n");
      String schema = type.schemaResource().substring(type.schemaResource().lastIndexOf('/') + 1);
      assertThat(document).contains("$ref: './" + schema + "'");
    }
  }
}
