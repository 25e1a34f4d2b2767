package dev.diffstream.schemas;

import java.util.List;

/** The Kafka topics and the share group, by name. The same names stand in the AsyncAPI document. */
public final class Topics {
  /**
   * Task events: a work queue, read by the share group {@link #WORKERS}. Key: task id. One
   * partition serves any number of workers; of several, Kafka gives each worker some, and a task in
   * a partition whose workers are busy waits while others idle.
   */
  public static final String TASKS = "diffstream.tasks";

  /** Progress, failures and outcomes of runs. Key: task id. */
  public static final String RUNS = "diffstream.runs";

  /** Diffs that are durable in the object store. Key: task id. */
  public static final String DIFFS = "diffstream.diffs";

  /** The newest alias generation of every task: compacted. Key: task id. */
  public static final String ANNOUNCEMENTS = "diffstream.announcements";

  /** What each gateway has loaded: compacted. Key: gateway id / task id. */
  public static final String RESIDENCY = "diffstream.residency";

  /** Task events that failed, with the reason in their headers. */
  public static final String TASKS_DEAD_LETTERS = "diffstream.tasks.dlq";

  /**
   * The broker's own dead-letter queue: task events that killed workers until the delivery limit.
   */
  public static final String TASKS_BROKER_DEAD_LETTERS = "dlq.diffstream.tasks";

  /** The share group of all trainer workers. */
  public static final String WORKERS = "diffstream.workers";

  private Topics() {}

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
        new Topic(TASKS_DEAD_LETTERS, 1, false),
        new Topic(TASKS_BROKER_DEAD_LETTERS, 1, false));
  }
}
