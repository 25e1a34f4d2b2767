package dev.diffstream.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.cli.client.GatewayClient;
import dev.diffstream.cli.client.GatewayClient.Prediction;
import dev.diffstream.cli.client.GatewayClient.Question;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What gateways answered, over all kills: a diff always answers with the same bits. */
final class ServedAnswers {
  private static final List<String> TEXTS =
      List.of("the man is eating good food", "very bad man", "cat");

  private final Map<String, List<List<Double>>> scoresByDiff = new HashMap<>();
  private final Map<String, Long> newestVersions = new HashMap<>();
  private long compared;

  /**
   * Asks every task that has answered before; each must answer, with the version that it had or a
   * later one.
   */
  void askAgain(GatewayClient gateway) {
    List.copyOf(newestVersions.keySet()).forEach(task -> ask(gateway, task));
  }

  void ask(GatewayClient gateway, String task) {
    for (int i = 0; i < TEXTS.size(); i++) {
      Prediction answer = gateway.infer(task, List.of(new Question(TEXTS.get(i), null))).getFirst();
      long before = newestVersions.merge(task, answer.version(), Math::max);
      assertThat(answer.version()).as("version that serves %s", task).isEqualTo(before);
      String diff = answer.digest() + " " + i;
      List<Double> scores = answer.scores();
      List<List<Double>> first = scoresByDiff.putIfAbsent(diff, List.of(scores));
      if (first != null) {
        assertThat(scores).as("scores of %s for text %s", task, diff).isEqualTo(first.getFirst());
        compared++;
      }
    }
  }

  /** How many answers were compared with an earlier one of the same diff. */
  long compared() {
    return compared;
  }
}
