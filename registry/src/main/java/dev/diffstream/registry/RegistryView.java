package dev.diffstream.registry;

import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What the HTTP side sees of the registrar: its newest image, and whether its thread lives.
 *
 * @param store holds the run reports
 */
record RegistryView(
    Supplier<RegistryImage> image,
    BooleanSupplier alive,
    RegistryCounters counters,
    dev.diffstream.objectstore.ObjectStore store) {}
