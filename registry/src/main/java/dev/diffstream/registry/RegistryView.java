package dev.diffstream.registry;

import java.util.function.Supplier;

/**
 * What the HTTP side sees of the registrar: its newest image.
 *
 * @param store holds the run reports
 */
record RegistryView(
    Supplier<RegistryImage> image,
    RegistryCounters counters,
    dev.diffstream.objectstore.ObjectStore store) {}
