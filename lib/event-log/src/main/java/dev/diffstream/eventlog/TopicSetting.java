package dev.diffstream.eventlog;

import dev.diffstream.schemas.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.config.TopicConfig;

/**
 * A setting that a topic must have.
 *
 * @param created the value of new topics, and the one that a correction sets
 * @param accepted whether a topic that stands may keep its value
 * @param expected {@code accepted} in words
 * @param correctable whether the value can be set on a topic that stands without losing a record
 */
record TopicSetting(
    String name, String created, Predicate<String> accepted, String expected, boolean correctable) {
  /** How long the progress of runs, requests and predictions are kept. */
  static final Duration RUNS_RETENTION = Duration.ofDays(7);

  /** Topics whose records are of no use after that time. */
  private static final Set<String> PASSING =
      Set.of(Topics.RUNS, Topics.REQUESTS, Topics.PREDICTIONS);

  private static final String UNLIMITED = "-1";

  /** Kafka's default: a message of 1 MiB in a batch of its own. */
  private static final long MAX_MESSAGE_BYTES = 1_048_588;

  static List<TopicSetting> of(Topics.Topic topic, String brokerDeadLetters) {
    List<TopicSetting> settings = new ArrayList<>();
    settings.add(atLeast(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, MAX_MESSAGE_BYTES));
    if (topic.compacted()) {
      settings.add(policy(TopicConfig.CLEANUP_POLICY_COMPACT));
    } else {
      settings.add(policy(TopicConfig.CLEANUP_POLICY_DELETE));
      settings.add(exactly(TopicConfig.RETENTION_BYTES_CONFIG, UNLIMITED));
      settings.add(
          PASSING.contains(topic.name())
              ? atLeast(TopicConfig.RETENTION_MS_CONFIG, RUNS_RETENTION.toMillis())
              : exactly(TopicConfig.RETENTION_MS_CONFIG, UNLIMITED));
    }
    if (topic.name().equals(brokerDeadLetters)) {
      settings.add(exactly(TopicConfig.ERRORS_DEADLETTERQUEUE_GROUP_ENABLE_CONFIG, "true"));
    }
    return settings;
  }

  /** Another policy has deleted records already, or would delete them when it is changed. */
  private static TopicSetting policy(String value) {
    return new TopicSetting(TopicConfig.CLEANUP_POLICY_CONFIG, value, value::equals, value, false);
  }

  private static TopicSetting exactly(String name, String value) {
    return new TopicSetting(name, value, value::equals, value, true);
  }

  private static TopicSetting atLeast(String name, long min) {
    return new TopicSetting(
        name,
        String.valueOf(min),
        value ->
            value.equals(UNLIMITED) || (value.matches("\\d{1,18}") && Long.parseLong(value) >= min),
        "at least " + min,
        true);
  }

  /** Whether {@code value} keeps runs for longer than is of use. */
  boolean isLongerThanNeeded(String value) {
    return name.equals(TopicConfig.RETENTION_MS_CONFIG)
        && !created.equals(UNLIMITED)
        && !value.equals(created);
  }
}
