package dev.diffstream.registry.fleet;

import dev.diffstream.registry.fleet.GatewayWords.Word;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.registry.AliasGeneration;
import java.util.List;

/**
 * Whether the gateways serve a task as its newest generation says.
 *
 * @param generation the newest one
 * @param converged at least one gateway speaks of the task, and none lags
 * @param laggards ids of gateways whose last word is of an older generation, or of a failure
 */
public record Convergence(long generation, boolean converged, List<String> laggards) {
  public Convergence {
    laggards = List.copyOf(laggards);
  }

  /**
   * @param words what each gateway says of the task
   */
  public static Convergence of(AliasGeneration newest, List<Word> words) {
    List<String> laggards =
        words.stream()
            .map(Word::residency)
            .filter(residency -> !follows(residency, newest))
            .map(GatewayResidency::gatewayId)
            .toList();
    return new Convergence(newest.generation(), !words.isEmpty() && laggards.isEmpty(), laggards);
  }

  private static boolean follows(GatewayResidency residency, AliasGeneration newest) {
    return residency.generation() >= newest.generation()
        && residency.errorCode() == null
        && (residency.state() == GatewayResidency.State.LOADED
            || residency.state() == GatewayResidency.State.WITHDRAWN);
  }
}
