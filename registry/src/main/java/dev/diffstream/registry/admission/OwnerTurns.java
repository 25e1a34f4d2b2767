package dev.diffstream.registry.admission;

import dev.diffstream.registry.quota.OwnerQuotas;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Whether the next event of an owner may have its turn, and what it waits for if not. Belongs to
 * the registrar's thread.
 */
final class OwnerTurns {
  private final TaskQueue tasks;
  private final OwnerQuotas quotas;
  private final int maxRunning;
  private final Map<String, String> said = new HashMap<>();

  /**
   * @param maxRunning events of one owner that are learned at once; 0: any number
   */
  OwnerTurns(TaskQueue tasks, OwnerQuotas quotas, int maxRunning) {
    this.tasks = tasks;
    this.quotas = quotas;
    this.maxRunning = maxRunning;
  }

  /** How many events of the owner are being learned. */
  int running(String owner) {
    return tasks.running(owner);
  }

  boolean mayGoOn(String owner) {
    return (maxRunning == 0 || running(owner) < maxRunning) && quotas.waitsFor(owner).isEmpty();
  }

  /** Which quota the owner's events wait for, for people; empty: for none. */
  String waitsFor(String owner) {
    return quotas.areSet() ? quotas.waitsFor(owner).orElse("") : "";
  }

  /** The owners whose events wait, and wait for something else than at the last call. */
  List<String> changed() {
    if (!quotas.areSet()) {
      return List.of();
    }
    List<String> changed = new ArrayList<>();
    Set<String> waiting = tasks.waitingOwners();
    said.keySet().retainAll(waiting);
    for (String owner : waiting) {
      String now = waitsFor(owner);
      String before = said.put(owner, now);
      if (!now.equals(before)) {
        changed.add(owner);
      }
    }
    return changed;
  }
}
