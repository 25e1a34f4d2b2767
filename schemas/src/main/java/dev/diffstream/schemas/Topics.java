package dev.diffstream.schemas;

import java.util.List;

/** The Kafka topics and the share group, by name. The same names stand in the AsyncAPI document. */
public final class Topics {
  /**
   * Task events, in the order in which they were sent; followed by the registries. Key: task id.
   */
  public static final String TASKS = "diffstream.tasks";

  /** Progress, failures and outcomes of runs. Key: task id. */
  public static final String RUNS = "diffstream.runs";

  /** Diffs that are durable in the object store. Key: task id. */
  public static final String DIFFS = "diffstream.diffs";

  /** The newest alias generation of every task: compacted. Key: task id. */
  public static final String ANNOUNCEMENTS = "diffstream.announcements";

  /**
   * What each gateway has loaded: compacted. Key: gateway id / task id; the gateway id alone for
   * its farewell.
   */
  public static final String RESIDENCY = "diffstream.residency";

  /** Task events that failed, with the reason in their headers. */
  public static final String TASKS_DEAD_LETTERS = "diffstream.tasks.dlq";

  /**
   * The broker's own dead-letter queue: task events that killed workers until the delivery limit.
   */
  public static final String TASKS_BROKER_DEAD_LETTERS = "dlq.diffstream.tasks";

  /** Who moved what, and why; nothing is rebuilt from it. Key: task id. */
  public static final String AUDIT = "diffstream.audit";

  /** Texts that tasks are to read, taken by the consumer group {@link #GATEWAYS}. Key: task id. */
  public static final String REQUESTS = "diffstream.requests";

  /** What tasks say to the texts of {@link #REQUESTS}. Key: task id. */
  public static final String PREDICTIONS = "diffstream.predictions";

  /** The consumer group of the gateways that answer {@link #REQUESTS}. */
  public static final String GATEWAYS = "diffstream.gateways";

  /** How the names of the work topics begin, see {@link #work}. */
  public static final String WORK_PREFIX = "diffstream.work.";

  /** The share group of all trainer workers that learn diffs. */
  public static final String WORKERS = "diffstream.workers";

  /** The share group of the workers' lane for provisional heads, over the same work topics. */
  public static final String PROVISIONAL_WORKERS = "diffstream.provisional-workers";

  private static final int BASE_DIGITS = 16;

  private Topics() {}

  /**
   * The task events of one base whose turn has come: a work queue, read by the share groups {@link
   * #WORKERS} and {@link #PROVISIONAL_WORKERS}. Key: task id; the header {@code diffstream_origin}
   * says where the event stands in {@link #TASKS}. One partition serves any number of workers; of
   * several, Kafka gives each worker some, and a task in a partition whose workers are busy waits
   * while others idle.
   */
  public static String work(String baseDigest) {
    return WORK_PREFIX + baseDigest.substring(0, BASE_DIGITS);
  }

  /** The topic {@link #work} of a base, as it must exist. */
  public static Topic workTopic(String baseDigest) {
    return new Topic(work(baseDigest), 1, false);
  }

  /**
   * A topic as it must exist: compacted topics keep the newest record of each key, the others keep
   * all.
   */
  public record Topic(String name, int partitions, boolean compacted) {}

  /** Every topic of a deployment, with its shape. */
  public static List<Topic> all() {
    return List.of(
        new Topic(TASKS, 1, false),
        new Topic(RUNS, 4, false),
        new Topic(DIFFS, 4, false),
        new Topic(ANNOUNCEMENTS, 4, true),
        new Topic(RESIDENCY, 4, true),
        new Topic(AUDIT, 1, false),
        new Topic(REQUESTS, 8, false),
        new Topic(PREDICTIONS, 8, false),
        new Topic(TASKS_DEAD_LETTERS, 1, false),
        new Topic(TASKS_BROKER_DEAD_LETTERS, 1, false));
  }
}
