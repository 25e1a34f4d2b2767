package dev.diffstream.registry.fleet;

import dev.diffstream.registry.fleet.GatewayWords.Word;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.GatewayFarewell;
import dev.diffstream.schemas.event.GatewayResidency;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * All gateways by their words. The topic keeps the last word of each gateway and task, so words of
 * earlier processes of a gateway may come among those of the newest, in any order; the process that
 * spoke last is the one that runs.
 *
 * <p>Thread-safe.
 */
public final class Fleet {
  private final Map<String, Gateway> gateways = new TreeMap<>();

  /** Guarded by the fleet. */
  private static final class Gateway {
    private String incarnation = "";
    private Instant lastWord = Instant.MIN;
    private @Nullable Instant stopped;
    private TreePMap<String, Word> words = TreePMap.empty();
    private final Set<String> bases = new HashSet<>();
    private boolean silent;

    /** Whether what this incarnation says now holds. */
    private boolean hears(String speaker, Instant said) {
      silent = false;
      if (speaker.equals(incarnation)) {
        lastWord = said.isAfter(lastWord) ? said : lastWord;
        return true;
      }
      if (said.isBefore(lastWord)) {
        return false;
      }
      incarnation = speaker;
      lastWord = said;
      stopped = null;
      words = TreePMap.empty();
      bases.clear();
      return true;
    }
  }

  /** Ids of gateways of a base that have not said that they stop, and answer as far as is known. */
  public synchronized Set<String> running(String baseDigest) {
    Set<String> running = new TreeSet<>();
    gateways.forEach(
        (id, gateway) -> {
          if (gateway.stopped == null && !gateway.silent && gateway.bases.contains(baseDigest)) {
            running.add(id);
          }
        });
    return running;
  }

  /**
   * Some gateways were waited for in vain: they do not count as {@link #running} until they speak
   * again.
   *
   * @param task of which they should have spoken
   * @param generation the least that they should have spoken of
   */
  public synchronized void silence(String task, long generation) {
    for (Gateway gateway : gateways.values()) {
      Word word = gateway.words.get(task);
      if (word == null || word.residency().generation() < generation) {
        gateway.silent = true;
      }
    }
  }

  /** A gateway has said what became of an announcement. */
  public synchronized void onResidency(GatewayResidency residency, Instant said) {
    Gateway gateway = gateways.computeIfAbsent(residency.gatewayId(), id -> new Gateway());
    if (gateway.hears(residency.incarnation(), said) && gateway.stopped == null) {
      String base = residency.baseDigest();
      if (base != null && residency.state() == GatewayResidency.State.LOADED) {
        gateway.bases.add(base);
      }
      Word before = gateway.words.get(residency.taskId());
      if (before == null || !said.isBefore(before.said())) {
        gateway.words = gateway.words.plus(residency.taskId(), new Word(residency, said));
      }
    }
  }

  /** A gateway has said that it stops. */
  public synchronized void onFarewell(GatewayFarewell farewell, Instant said) {
    Gateway gateway = gateways.computeIfAbsent(farewell.gatewayId(), id -> new Gateway());
    if (gateway.hears(farewell.incarnation(), said)) {
      gateway.stopped = said;
      gateway.words = TreePMap.empty();
    }
  }

  /** Every gateway that ever spoke, by id. */
  public synchronized List<GatewayWords> gateways() {
    return gateways.entrySet().stream().map(e -> words(e.getKey(), e.getValue())).toList();
  }

  /**
   * @throws DiffstreamException TASK_UNKNOWN for one that has never spoken
   */
  public synchronized GatewayWords gateway(String id) {
    Gateway gateway = gateways.get(id);
    if (gateway == null) {
      throw new DiffstreamException(
          ErrorCode.TASK_UNKNOWN, "no gateway " + Bounded.value(id) + " has spoken");
    }
    return words(id, gateway);
  }

  /** What each gateway that has not stopped says of a task, by gateway id. */
  public synchronized List<Word> of(String taskId) {
    List<Word> words = new ArrayList<>();
    for (Gateway gateway : gateways.values()) {
      Word word = gateway.words.get(taskId);
      if (word != null) {
        words.add(word);
      }
    }
    return words;
  }

  private static GatewayWords words(String id, Gateway gateway) {
    return new GatewayWords(
        id, gateway.incarnation, gateway.lastWord, gateway.stopped, gateway.words);
  }
}
