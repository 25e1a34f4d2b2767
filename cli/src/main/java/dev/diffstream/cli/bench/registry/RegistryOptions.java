package dev.diffstream.cli.bench.registry;

/**
 * What is measured.
 *
 * @param tasks of the registry
 * @param versions of all tasks together, shared out evenly
 * @param samples requests of each kind
 * @param maxHeapMiB of the registry's process
 */
public record RegistryOptions(int tasks, int versions, int samples, int maxHeapMiB) {}
