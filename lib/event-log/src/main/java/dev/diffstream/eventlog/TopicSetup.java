package dev.diffstream.eventlog;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a Kafka cluster into the shape that diffstream needs: its topics, and the settings of the
 * share group. Run it before the first task event is published; running it again changes nothing.
 *
 * <p>Topics that stand keep their number of partitions. A retention that is too short, a limit on
 * messages that is too low and the dead-letter queue's permission are corrected, with a warning;
 * another cleanup policy is an error, since records may be lost already. {@link #check} corrects
 * nothing; every service calls it, or its part about topics, at its start.
 */
public final class TopicSetup {
  private static final Logger LOG = LoggerFactory.getLogger(TopicSetup.class);

  private static final Duration TAKEOVER = Duration.ofSeconds(20);
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final String DLQ_PREFIX = "errors.deadletterqueue.topic.name.prefix";

  private final Admin admin;
  private final KafkaSettings settings;
  private final List<Topics.Topic> topics;
  private final String group;
  private final String deadLetters;

  private TopicSetup(
      Admin admin,
      KafkaSettings settings,
      List<Topics.Topic> topics,
      String group,
      String deadLetters) {
    this.admin = admin;
    this.settings = settings;
    this.topics = topics;
    this.group = group;
    this.deadLetters = deadLetters;
  }

  /** Every topic of {@link Topics}, and the share groups of the workers. */
  public static void run(KafkaSettings settings) {
    run(settings, Topics.all(), Topics.WORKERS, Topics.TASKS_BROKER_DEAD_LETTERS);
    try (Admin admin = new KafkaClients(settings, "diffstream-setup").admin()) {
      TopicSetup provisionals =
          new TopicSetup(
              admin,
              settings,
              List.of(),
              Topics.PROVISIONAL_WORKERS,
              Topics.TASKS_BROKER_DEAD_LETTERS);
      provisionals.alter(
          ConfigResource.Type.GROUP, Topics.PROVISIONAL_WORKERS, provisionals.deliverySettings());
    }
  }

  /**
   * Fails with INVALID_EVENT, naming topic or group, setting, expected and actual value, unless all
   * stands as {@link #run} leaves it.
   */
  public static void check(KafkaSettings settings) {
    check(settings, Topics.all(), Topics.WORKERS, Topics.TASKS_BROKER_DEAD_LETTERS);
  }

  /**
   * As {@link #check}, for a worker that starts: a broker that does not answer, or lets nobody
   * look, is no reason not to start. A difference must last, since brokers take over what {@link
   * #run} has changed a moment after they acknowledged it.
   */
  public static void checkAtStart(KafkaSettings settings) {
    atStart(() -> check(settings), TAKEOVER);
  }

  /**
   * As {@link #checkAtStart}, for a service outside the share group. Lock duration and delivery
   * limit are settings of workers; other services need not know them.
   */
  public static void checkTopicsAtStart(KafkaSettings settings) {
    atStart(() -> checkTopics(settings), TAKEOVER);
  }

  static void atStart(Runnable check, Duration takeover) {
    long deadline = System.nanoTime() + takeover.toNanos();
    while (true) {
      try {
        check.run();
        return;
      } catch (DiffstreamException e) {
        if (e.code() != ErrorCode.INVALID_EVENT) {
          LOG.warn("the settings of topics and share group are not compared: {}", e.getMessage());
          return;
        }
        if (System.nanoTime() > deadline) {
          throw e;
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  /** Creates a topic unless it stands. */
  static void ensure(Admin admin, KafkaSettings settings, Topics.Topic topic) {
    TopicSetup setup =
        new TopicSetup(
            admin, settings, List.of(topic), Topics.WORKERS, Topics.TASKS_BROKER_DEAD_LETTERS);
    if (setup.createTopics().isEmpty()) {
      LOG.info("topic {} is new", topic.name());
    }
  }

  static void run(
      KafkaSettings settings, List<Topics.Topic> topics, String group, String deadLetters) {
    try (Admin admin = new KafkaClients(settings, "diffstream-setup").admin()) {
      TopicSetup setup = new TopicSetup(admin, settings, topics, group, deadLetters);
      setup.checkBroker();
      setup.correct(setup.createTopics());
      setup.alter(ConfigResource.Type.GROUP, group, setup.groupSettings());
    }
  }

  static void check(
      KafkaSettings settings, List<Topics.Topic> topics, String group, String deadLetters) {
    try (Admin admin = new KafkaClients(settings, "diffstream-check").admin()) {
      TopicSetup setup = new TopicSetup(admin, settings, topics, group, deadLetters);
      setup.checkTopics();
      setup.checkGroup();
    }
  }

  static void checkTopics(KafkaSettings settings) {
    try (Admin admin = new KafkaClients(settings, "diffstream-check").admin()) {
      new TopicSetup(
              admin, settings, Topics.all(), Topics.WORKERS, Topics.TASKS_BROKER_DEAD_LETTERS)
          .checkTopics();
    }
  }

  private void checkTopics() {
    checkBroker();
    for (Topics.Topic topic : topics) {
      differences(topic).forEach((setting, actual) -> fail(topic, setting, actual));
    }
  }

  /** The topics that stood already. */
  private List<Topics.Topic> createTopics() {
    List<NewTopic> missing = new ArrayList<>();
    for (Topics.Topic topic : topics) {
      Map<String, String> configs = new HashMap<>();
      TopicSetting.of(topic, deadLetters)
          .forEach(setting -> configs.put(setting.name(), setting.created()));
      missing.add(
          new NewTopic(topic.name(), topic.partitions(), (short) settings.replicationFactor())
              .configs(configs));
    }
    Map<String, KafkaFuture<Void>> answers = admin.createTopics(missing).values();
    return topics.stream()
        .filter(topic -> !created(topic.name(), Objects.requireNonNull(answers.get(topic.name()))))
        .toList();
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

  /** All differences are known before the first is corrected. */
  private void correct(List<Topics.Topic> standing) {
    Map<Topics.Topic, Map<String, String>> corrections = new HashMap<>();
    for (Topics.Topic topic : standing) {
      Map<String, String> values = new TreeMap<>();
      differences(topic)
          .forEach(
              (setting, actual) -> {
                if (!setting.correctable()) {
                  fail(topic, setting, actual);
                }
                LOG.warn(
                    "topic {} had {}={}, and has {} now",
                    topic.name(),
                    setting.name(),
                    actual,
                    setting.created());
                values.put(setting.name(), setting.created());
              });
      if (!values.isEmpty()) {
        corrections.put(topic, values);
      }
    }
    corrections.forEach((topic, values) -> alter(ConfigResource.Type.TOPIC, topic.name(), values));
  }

  /** The settings whose value is not accepted, with that value. */
  private Map<TopicSetting, String> differences(Topics.Topic topic) {
    Config config = describe(ConfigResource.Type.TOPIC, topic.name());
    Map<TopicSetting, String> differences = new HashMap<>();
    for (TopicSetting setting : TopicSetting.of(topic, deadLetters)) {
      String actual = valueOf(config, setting.name());
      if (!setting.accepted().test(actual)) {
        differences.put(setting, actual);
      } else if (setting.isLongerThanNeeded(actual)) {
        LOG.warn(
            "topic {} has {}={}: registries read all of it when they start, and {} is enough",
            topic.name(),
            setting.name(),
            actual,
            setting.created());
      }
    }
    return differences;
  }

  private static void fail(Topics.Topic topic, TopicSetting setting, String actual) {
    throw new DiffstreamException(
        ErrorCode.INVALID_EVENT,
        "topic %s: expected %s=%s, got %s; change it, or name another cluster"
            .formatted(topic.name(), setting.name(), setting.expected(), actual));
  }

  private Map<String, String> groupSettings() {
    Map<String, String> all = new TreeMap<>(deliverySettings());
    all.put("errors.deadletterqueue.topic.name", deadLetters);
    all.put("errors.deadletterqueue.copy.record.enable", "true");
    return all;
  }

  /** Of a group whose records nobody misses when they end workers, these alone. */
  private Map<String, String> deliverySettings() {
    return Map.of(
        "share.auto.offset.reset",
        "earliest",
        "share.record.lock.duration.ms",
        String.valueOf(settings.lockDuration().toMillis()),
        "share.delivery.count.limit",
        String.valueOf(settings.deliveryLimit()));
  }

  private void checkGroup() {
    Config config = describe(ConfigResource.Type.GROUP, group);
    groupSettings()
        .forEach(
            (name, expected) -> {
              String actual = valueOf(config, name);
              if (!actual.equals(expected)) {
                throw new DiffstreamException(
                    ErrorCode.INVALID_EVENT,
                    "share group %s: expected %s=%s, got %s; run init"
                        .formatted(group, name, expected, actual));
              }
            });
  }

  /**
   * A broker takes any name of a dead-letter queue for a group, but drops the records of one that
   * lacks the prefix. Only the first broker is asked; who may not ask is warned.
   */
  private void checkBroker() {
    String prefix;
    try {
      int id = answer("find a broker", admin.describeCluster().nodes()).iterator().next().id();
      prefix = valueOf(describe(ConfigResource.Type.BROKER, String.valueOf(id)), DLQ_PREFIX);
    } catch (DiffstreamException e) {
      if (e.code() != ErrorCode.DATA_FORBIDDEN) {
        throw e;
      }
      LOG.warn("{} of the brokers is not checked: {}", DLQ_PREFIX, e.getMessage());
      return;
    }
    if (!deadLetters.startsWith(prefix)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT,
          "brokers at %s: expected a setting %s that %s begins with, got %s"
              .formatted(settings.bootstrapServers(), DLQ_PREFIX, deadLetters, prefix));
    }
  }

  private Config describe(ConfigResource.Type type, String name) {
    ConfigResource resource = new ConfigResource(type, name);
    Map<ConfigResource, Config> configs =
        answer("describe " + type + " " + name, admin.describeConfigs(List.of(resource)).all());
    return configs.getOrDefault(resource, new Config(List.of()));
  }

  private static String valueOf(Config config, String name) {
    ConfigEntry entry = config.get(name);
    return entry == null || entry.value() == null ? "nothing" : entry.value();
  }

  private void alter(ConfigResource.Type type, String name, Map<String, String> values) {
    List<AlterConfigOp> changes =
        values.entrySet().stream()
            .map(
                value ->
                    new AlterConfigOp(
                        new ConfigEntry(value.getKey(), value.getValue()),
                        AlterConfigOp.OpType.SET))
            .toList();
    answer(
        "configure " + type + " " + name,
        admin.incrementalAlterConfigs(Map.of(new ConfigResource(type, name), changes)).all());
  }

  private static <T> T answer(String what, KafkaFuture<T> future) {
    try {
      return future.get();
    } catch (Exception e) {
      throw KafkaErrors.failed(what, e);
    }
  }
}
