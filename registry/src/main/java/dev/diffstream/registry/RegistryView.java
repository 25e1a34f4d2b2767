package dev.diffstream.registry;

import dev.diffstream.service.Quarantine;
import java.util.function.Supplier;

/**
 * What the HTTP side sees of the registrar: its newest image.
 *
 * @param quarantine what could not be read or settled
 * @param store holds the run reports
 */
record RegistryView(
    Supplier<RegistryImage> image,
    Supplier<Quarantine> quarantine,
    RegistryCounters counters,
    dev.diffstream.objectstore.ObjectStore store) {}
