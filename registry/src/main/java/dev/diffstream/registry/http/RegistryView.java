package dev.diffstream.registry.http;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.catalog.RegistrySnapshot;
import dev.diffstream.registry.catalog.TombstoneLog;
import dev.diffstream.registry.deadletter.DeadLetterArchive;
import dev.diffstream.registry.deletion.VersionDeletion;
import dev.diffstream.registry.fleet.Fleet;
import dev.diffstream.registry.move.AliasMoves;
import dev.diffstream.registry.move.MoveHistory;
import dev.diffstream.registry.runs.ProgressHistory;
import dev.diffstream.registry.runs.RunRequests;
import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.service.Quarantine;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What the HTTP side sees of the registrar: its newest snapshot, and whom to tell of a move.
 *
 * @param quarantine what could not be read or settled
 * @param store holds the run reports
 * @param moved hears of generations that were made, to announce them
 * @param requests takes what people ask of runs
 * @param progress how runs went
 * @param deadLetters what failed
 * @param overtaken hears of tasks whose newest generation somebody did not know
 */
public record RegistryView(
    Supplier<RegistrySnapshot> snapshot,
    Supplier<Quarantine> quarantine,
    RegistryCounters counters,
    ObjectStore store,
    AliasMoves moves,
    MoveHistory history,
    Supplier<Fleet> fleet,
    Consumer<AliasGeneration> moved,
    Consumer<TaskId> overtaken,
    VersionDeletion deletion,
    TombstoneLog tombstones,
    RunRequests requests,
    Supplier<ProgressHistory> progress,
    DeadLetterArchive deadLetters) {}
