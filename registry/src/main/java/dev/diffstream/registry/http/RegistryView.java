package dev.diffstream.registry.http;

import dev.diffstream.registry.catalog.RegistrySnapshot;
import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.service.Quarantine;
import java.util.function.Supplier;

/**
 * What the HTTP side sees of the registrar: its newest snapshot.
 *
 * @param quarantine what could not be read or settled
 * @param store holds the run reports
 */
public record RegistryView(
    Supplier<RegistrySnapshot> snapshot,
    Supplier<Quarantine> quarantine,
    RegistryCounters counters,
    dev.diffstream.objectstore.ObjectStore store) {}
