package dev.diffstream.cli.demo;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
   * @param provisionalAccuracy of the head alone that answered before, on the same rows; absent
   *     where the diff came first
   * @param eventToProvisionalSeconds until the gateway's word that it is loaded
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
      @Nullable Double provisionalAccuracy,
      @Nullable Double eventToProvisionalSeconds,
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
