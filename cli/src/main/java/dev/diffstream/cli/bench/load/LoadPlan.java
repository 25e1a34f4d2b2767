package dev.diffstream.cli.bench.load;

import java.util.List;
import java.util.Map;

/**
 * What the clients ask, and what the right answers are.
 *
 * @param url of the gateway
 * @param clients that ask at the same time, each one text after the other
 * @param texts that every task is asked
 * @param tolerance that a score may differ by
 */
public record LoadPlan(
    String url, int clients, List<String> texts, double tolerance, List<Task> tasks) {

  /**
   * A task and the answers of each of its versions.
   *
   * @param scores by digest of the diff: for each text a score for each label
   */
  public record Task(String id, Map<String, List<List<Double>>> scores) {}
}
