package dev.diffstream.eventlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.embedded.EmbeddedKafka;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Topics and groups that an operator, or an older release, has made in another way. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
final class TopicSetupTest {
  private static final String SEVEN_DAYS = "604800000";

  private EmbeddedKafka broker;
  private KafkaSettings settings;
  private Admin admin;
  private String createdRetentionOfRuns = "";

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    broker = EmbeddedKafka.start(directory, 0);
    settings = KafkaSettings.at(broker.bootstrapServers());
    admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
    TopicSetup.run(settings);
    createdRetentionOfRuns = valueOf(Topics.RUNS, "retention.ms");
  }

  @AfterAll
  void stop() {
    admin.close();
    broker.close();
  }

  @Test
  void whatItMakesPassesTheCheckAndStays() throws Exception {
    awaitCheck(Topics.all(), Topics.WORKERS, Topics.TASKS_BROKER_DEAD_LETTERS);
    TopicSetup.run(settings);
    awaitCheck(Topics.all(), Topics.WORKERS, Topics.TASKS_BROKER_DEAD_LETTERS);
    assertThat(valueOf(Topics.TASKS, "retention.ms")).isEqualTo("-1");
    assertThat(createdRetentionOfRuns).isEqualTo(SEVEN_DAYS);
    assertThat(valueOf(Topics.RESIDENCY, "cleanup.policy")).isEqualTo("compact");
    assertThat(valueOf(Topics.TASKS_BROKER_DEAD_LETTERS, "errors.deadletterqueue.group.enable"))
        .isEqualTo("true");
  }

  @ParameterizedTest
  @CsvSource({
    "retention.ms, 604800000, -1",
    "retention.bytes, 1000000, -1",
    "max.message.bytes, 1000, 1048588",
    "errors.deadletterqueue.group.enable, false, true"
  })
  void correctsWhatLosesNothing(String setting, String wrong, String right) throws Exception {
    String topic = "dlq.corrected-" + setting;
    create(topic, Map.of(setting, wrong));
    List<Topics.Topic> topics = List.of(new Topics.Topic(topic, 1, false));
    assertThatThrownBy(() -> TopicSetup.check(settings, topics, "g-" + setting, topic))
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_EVENT));
    TopicSetup.run(settings, topics, "g-" + setting, topic);
    awaitCheck(topics, "g-" + setting, topic);
    assertThat(valueOf(topic, setting)).isEqualTo(right);
  }

  @Test
  void namesTopicSettingExpectedAndActual() throws Exception {
    create("short", Map.of("retention.ms", SEVEN_DAYS));
    List<Topics.Topic> topics = List.of(new Topics.Topic("short", 1, false));
    assertThatThrownBy(() -> TopicSetup.check(settings, topics, "g-short", "dlq.short"))
        .hasMessageContaining("topic short: expected retention.ms=-1, got " + SEVEN_DAYS);
  }

  @ParameterizedTest
  @CsvSource({"delete, true", "compact, false", "'compact,delete', true"})
  void refusesAnotherCleanupPolicy(String policy, boolean compacted) throws Exception {
    String topic = "policy-" + policy.replace(',', '-') + "-" + compacted;
    create(topic, Map.of("cleanup.policy", policy));
    List<Topics.Topic> topics = List.of(new Topics.Topic(topic, 1, compacted));
    assertThatThrownBy(() -> TopicSetup.run(settings, topics, "g-" + topic, "dlq." + topic))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining(
            "expected cleanup.policy=" + (compacted ? "compact" : "delete") + ", got " + policy);
  }

  /** Such a broker would drop the records without a word. */
  @Test
  void aBrokerWhoseDeadLetterQueuesHaveAnotherPrefixIsRefused(@TempDir Path other) {
    try (EmbeddedKafka strange =
        EmbeddedKafka.start(other, 0, Map.of("errors.deadletterqueue.topic.name.prefix", "x."))) {
      assertThatThrownBy(() -> TopicSetup.run(KafkaSettings.at(strange.bootstrapServers())))
          .isInstanceOf(DiffstreamException.class)
          .hasMessageContainingAll(
              "errors.deadletterqueue.topic.name.prefix", "dlq.diffstream.tasks", "got x.");
    }
  }

  @Test
  void runsMayBeKeptForLonger() throws Exception {
    TopicSetup.run(settings);
    for (String longer : List.of("-1", "704800000")) {
      alter(ConfigResource.Type.TOPIC, Topics.RUNS, "retention.ms", longer);
      awaitValue(Topics.RUNS, longer);
      TopicSetup.run(settings);
      awaitCheck(Topics.all(), Topics.WORKERS, Topics.TASKS_BROKER_DEAD_LETTERS);
      awaitValue(Topics.RUNS, longer);
    }
    alter(ConfigResource.Type.TOPIC, Topics.RUNS, "retention.ms", "1000");
    awaitValue(Topics.RUNS, "1000");
    TopicSetup.run(settings);
    awaitValue(Topics.RUNS, SEVEN_DAYS);
  }

  @ParameterizedTest
  @CsvSource({
    "share.auto.offset.reset, latest",
    "share.record.lock.duration.ms, 15000",
    "share.delivery.count.limit, 3",
    "errors.deadletterqueue.topic.name, dlq.other",
    "errors.deadletterqueue.copy.record.enable, false"
  })
  void theGroupIsSetAndChecked(String setting, String wrong) throws Exception {
    create("dlq.other", Map.of("errors.deadletterqueue.group.enable", "true"));
    TopicSetup.run(settings);
    alter(ConfigResource.Type.GROUP, Topics.WORKERS, setting, wrong);
    String difference = "";
    while (difference.isEmpty()) { // until the broker has taken over the change
      difference = difference();
    }
    assertThat(difference)
        .contains("share group diffstream.workers: expected " + setting, "got " + wrong);
    assertThatThrownBy(() -> TopicSetup.atStart(() -> TopicSetup.check(settings), Duration.ZERO))
        .hasMessage(difference);
    TopicSetup.checkTopics(settings); // what registry and gateway start with
    TopicSetup.run(settings);
    awaitCheck(Topics.all(), Topics.WORKERS, Topics.TASKS_BROKER_DEAD_LETTERS);
  }

  private String difference() {
    try {
      TopicSetup.check(settings);
      return "";
    } catch (DiffstreamException e) {
      return e.getMessage();
    }
  }

  /** A broker takes over a change a moment after it has acknowledged it. */
  private void awaitCheck(List<Topics.Topic> topics, String group, String deadLetters) {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (true) {
      try {
        TopicSetup.check(settings, topics, group, deadLetters);
        return;
      } catch (DiffstreamException e) {
        assertThat(System.nanoTime()).as(e.getMessage()).isLessThan(deadline);
      }
    }
  }

  private void awaitValue(String topic, String value) throws Exception {
    String now = "";
    while (!now.equals(value)) { // the test's timeout ends it
      now = valueOf(topic, "retention.ms");
    }
  }

  private void create(String topic, Map<String, String> configs) throws Exception {
    if (!admin.listTopics().names().get().contains(topic)) {
      NewTopic wrong = new NewTopic(topic, Optional.of(1), Optional.of((short) 1));
      admin.createTopics(List.of(wrong.configs(configs))).all().get();
    }
  }

  private void alter(ConfigResource.Type type, String name, String setting, String value)
      throws Exception {
    AlterConfigOp change =
        new AlterConfigOp(new ConfigEntry(setting, value), AlterConfigOp.OpType.SET);
    admin
        .incrementalAlterConfigs(Map.of(new ConfigResource(type, name), List.of(change)))
        .all()
        .get();
  }

  private String valueOf(String topic, String setting) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Config config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
    return Objects.requireNonNull(config).get(setting).value();
  }
}
