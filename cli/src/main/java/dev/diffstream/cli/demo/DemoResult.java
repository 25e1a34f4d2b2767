package dev.diffstream.cli.demo;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;

/** What the demo found; its JSON form is a contract: docs in the README. */
public record DemoResult(List<Row> tasks, double seconds) {
  /** How far above the majority a served task must be, in accuracy. */
  static final double MIN_GAIN = 0.20;

  /**
   * One task.
   *
   * @param accuracy of the served diff on the held-out rows, as the gateway answered over HTTP
   * @param eventToServedSeconds from sending the event to the gateway's word that the diff is
   *     loaded; includes waiting for the one worker
   */
  public record Row(
      String task,
      int examples,
      double majority,
      double naiveBayes,
      double accuracy,
      double density,
      long diffBytes,
      long baseBytes,
      double eventToServedSeconds,
      String digest,
      int heldOut,
      long version) {}

  public DemoResult {
    tasks = List.copyOf(tasks);
  }

  /** Whether all tasks were served and beat the majority by {@link #MIN_GAIN}. */
  @JsonIgnore
  public boolean passed() {
    return tasks.size() == DemoTask.ALL.size()
        && tasks.stream().allMatch(row -> row.accuracy() >= row.majority() + MIN_GAIN);
  }
}
