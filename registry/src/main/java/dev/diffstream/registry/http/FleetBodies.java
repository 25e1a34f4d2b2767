package dev.diffstream.registry.http;

import dev.diffstream.registry.fleet.Convergence;
import dev.diffstream.registry.fleet.GatewayWords;
import dev.diffstream.registry.fleet.GatewayWords.Word;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.registry.AliasGeneration;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The bodies of answers about gateways. */
final class FleetBodies {
  private FleetBodies() {}

  /** All gateways by id. */
  record Gateways(List<Gateway> gateways) {}

  /**
   * A gateway.
   *
   * @param incarnation names its newest process
   * @param stopped when it said farewell; absent: it has not, but it may have been killed
   * @param tasks of which its newest process has spoken
   * @param failed tasks of these that it does not serve as announced
   */
  record Gateway(
      String gatewayId,
      String incarnation,
      Instant lastWord,
      @Nullable Instant stopped,
      int tasks,
      long failed) {
    static Gateway of(GatewayWords words) {
      return new Gateway(
          words.gatewayId(),
          words.incarnation(),
          words.lastWord(),
          words.stopped(),
          words.tasks().size(),
          words.tasks().values().stream().filter(w -> w.residency().errorCode() != null).count());
    }
  }

  /** A gateway's words by task id. */
  record GatewayTasks(Gateway gateway, List<Residency> tasks) {
    static GatewayTasks of(GatewayWords words) {
      return new GatewayTasks(
          Gateway.of(words), words.tasks().values().stream().map(Residency::of).toList());
    }
  }

  /**
   * What a gateway says of a task.
   *
   * @param state {@code loaded}, {@code withdrawn} or {@code failed}
   * @param announcedToSaidMillis from the making of the generation to this word; absent where the
   *     generation is not the task's newest
   * @param certificate that serving this version has changed the answers of no other task
   * @param confidence how sure of its answers this version was at first, and is now
   */
  record Residency(
      String gatewayId,
      String taskId,
      long generation,
      long version,
      @Nullable String digest,
      String state,
      @Nullable String errorCode,
      @Nullable String message,
      Instant said,
      @Nullable Long announcedToSaidMillis,
      GatewayResidency.@Nullable Certificate certificate,
      GatewayResidency.@Nullable Confidence confidence) {
    static Residency of(Word word) {
      return of(word, null);
    }

    private Residency naming(Predicate<String> visible) {
      return new Residency(
          gatewayId,
          taskId,
          generation,
          version,
          digest,
          state,
          errorCode,
          message,
          said,
          announcedToSaidMillis,
          FleetBodies.naming(certificate, visible),
          confidence);
    }

    private static Residency of(Word word, @Nullable AliasGeneration newest) {
      GatewayResidency residency = word.residency();
      boolean ofNewest = newest != null && newest.generation() == residency.generation();
      return new Residency(
          residency.gatewayId(),
          residency.taskId(),
          residency.generation(),
          residency.version(),
          residency.digest(),
          residency.state().text(),
          residency.errorCode() == null ? null : residency.errorCode().name(),
          residency.message(),
          word.said(),
          newest != null && ofNewest
              ? Duration.between(newest.created(), word.said()).toMillis()
              : null,
          residency.certificate(),
          residency.confidence());
    }
  }

  /** A certificate that names visible tasks alone. */
  private static GatewayResidency.@Nullable Certificate naming(
      GatewayResidency.@Nullable Certificate all, Predicate<String> visible) {
    return all == null
        ? null
        : new GatewayResidency.Certificate(
            all.baseDigest(),
            all.baseChecked(),
            all.tasks(),
            all.equal(),
            all.different().stream().filter(visible).toList(),
            all.time());
  }

  /** A task at all gateways. */
  record TaskGateways(String taskId, Convergence convergence, List<Residency> gateways) {
    /**
     * @param visible whether the asker may know of a task: certificates name no others
     */
    static TaskGateways of(AliasGeneration newest, List<Word> words, Predicate<String> visible) {
      return new TaskGateways(
          newest.taskId(),
          Convergence.of(newest, words),
          words.stream().map(word -> Residency.of(word, newest).naming(visible)).toList());
    }
  }
}
