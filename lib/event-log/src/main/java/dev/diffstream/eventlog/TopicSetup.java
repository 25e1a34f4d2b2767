package dev.diffstream.eventlog;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * Brings a Kafka cluster into the shape that diffstream needs: its topics, and the settings of the
 * share group. Run it before the first task event is published; running it again changes nothing.
 *
 * <p>Topics that stand keep their number of partitions. One that cleans up in another way loses
 * records, or grows for ever, without a word: that is an error.
 */
public final class TopicSetup {
  private final Admin admin;
  private final KafkaSettings settings;

  private TopicSetup(Admin admin, KafkaSettings settings) {
    this.admin = admin;
    this.settings = settings;
  }

  /** Every topic of {@link Topics}, and the share group of the workers. */
  public static void run(KafkaSettings settings) {
    run(settings, Topics.all(), Topics.WORKERS, Topics.TASKS_BROKER_DEAD_LETTERS);
  }

  static void run(
      KafkaSettings settings, List<Topics.Topic> topics, String group, String deadLetters) {
    try (Admin admin = new KafkaClients(settings, "diffstream-setup").admin()) {
      TopicSetup setup = new TopicSetup(admin, settings);
      setup.createTopics(topics, deadLetters);
      setup.configureGroup(group, deadLetters);
    }
  }

  private void createTopics(List<Topics.Topic> topics, String deadLetters) {
    List<NewTopic> wanted = new ArrayList<>();
    for (Topics.Topic topic : topics) {
      wanted.add(
          new NewTopic(topic.name(), topic.partitions(), (short) settings.replicationFactor())
              .configs(configs(topic, deadLetters)));
    }
    List<String> standing = new ArrayList<>();
    admin
        .createTopics(wanted)
        .values()
        .forEach(
            (name, answer) -> {
              if (!created(name, answer)) {
                standing.add(name);
              }
            });
    checkCleanup(topics, standing);
    if (standing.contains(deadLetters)) {
      alter(
          new ConfigResource(ConfigResource.Type.TOPIC, deadLetters),
          Map.of(TopicConfig.ERRORS_DEADLETTERQUEUE_GROUP_ENABLE_CONFIG, "true"));
    }
  }

  private static Map<String, String> configs(Topics.Topic topic, String deadLetters) {
    Map<String, String> configs = new HashMap<>();
    configs.put(TopicConfig.CLEANUP_POLICY_CONFIG, cleanup(topic));
    configs.put(TopicConfig.RETENTION_MS_CONFIG, "-1");
    if (topic.name().equals(deadLetters)) {
      configs.put(TopicConfig.ERRORS_DEADLETTERQUEUE_GROUP_ENABLE_CONFIG, "true");
    }
    return configs;
  }

  private static String cleanup(Topics.Topic topic) {
    return topic.compacted()
        ? TopicConfig.CLEANUP_POLICY_COMPACT
        : TopicConfig.CLEANUP_POLICY_DELETE;
  }

  private static boolean created(String topic, KafkaFuture<?> answer) {
    try {
      answer.get();
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TopicExistsException) {
        return false;
      }
      throw KafkaErrors.failed("create topic " + topic, e);
    } catch (InterruptedException e) {
      throw KafkaErrors.failed("create topic " + topic, e);
    }
  }

  private void checkCleanup(List<Topics.Topic> topics, Collection<String> standing) {
    List<ConfigResource> resources =
        standing.stream().map(n -> new ConfigResource(ConfigResource.Type.TOPIC, n)).toList();
    Map<ConfigResource, Config> configs =
        answer("describe topics", admin.describeConfigs(resources).all());
    for (Topics.Topic topic : topics) {
      Config config = configs.get(new ConfigResource(ConfigResource.Type.TOPIC, topic.name()));
      if (config != null) {
        checkCleanup(topic, config.get(TopicConfig.CLEANUP_POLICY_CONFIG).value());
      }
    }
  }

  private static void checkCleanup(Topics.Topic topic, String policy) {
    if (!policy.equals(cleanup(topic))) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT,
          "topic %s exists with cleanup.policy=%s, and diffstream needs %s: change it, or name"
                  .formatted(topic.name(), policy, cleanup(topic))
              + " another cluster");
    }
  }

  private void configureGroup(String group, String deadLetters) {
    alter(
        new ConfigResource(ConfigResource.Type.GROUP, group),
        Map.of(
            "share.auto.offset.reset",
            "earliest",
            "share.record.lock.duration.ms",
            String.valueOf(settings.lockDuration().toMillis()),
            "share.delivery.count.limit",
            String.valueOf(settings.deliveryLimit()),
            "errors.deadletterqueue.topic.name",
            deadLetters,
            "errors.deadletterqueue.copy.record.enable",
            "true"));
  }

  private void alter(ConfigResource resource, Map<String, String> values) {
    List<AlterConfigOp> changes =
        values.entrySet().stream()
            .map(
                value ->
                    new AlterConfigOp(
                        new ConfigEntry(value.getKey(), value.getValue()),
                        AlterConfigOp.OpType.SET))
            .toList();
    answer(
        "configure " + resource.type() + " " + resource.name(),
        admin.incrementalAlterConfigs(Map.of(resource, changes)).all());
  }

  private static <T> T answer(String what, KafkaFuture<T> future) {
    try {
      return future.get();
    } catch (Exception e) {
      throw KafkaErrors.failed(what, e);
    }
  }
}
