package dev.diffstream.registry;

import dev.diffstream.registry.admission.Admissions;
import dev.diffstream.registry.deletion.UnusedDiffs;
import dev.diffstream.registry.fleet.Fleet;
import dev.diffstream.registry.runs.RunLedger;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.service.Quarantine;
import java.util.List;
import java.util.function.Consumer;

/**
 * What is done with what a sweep finds.
 *
 * @param lostEvent takes the key of a report that nobody knows
 */
record SweepFindings(
    Admissions admissions,
    UnusedDiffs unused,
    TaskCatalog tasks,
    RunLedger ledger,
    Fleet fleet,
    Quarantine quarantine,
    Consumer<String> lostEvent)
    implements Sweep.Findings {
  @Override
  public void tasksCompared(List<TaskId> withTombstones) {
    admissions.sweep();
    if (quarantine.size() == 0) { // a task that cannot be read may name any diff
      unused.remove(withTombstones, tasks.tasks().values(), ledger.index().byId().values(), fleet);
    }
  }

  @Override
  public void unknownReport(String key) {
    lostEvent.accept(key);
  }
}
