package dev.diffstream.registry;

/**
 * The registry's own settings.
 *
 * @param id names this registry in the source of its events
 * @param port 0: any free one
 * @param maxDiffBytes larger diff files are refused
 * @param maxDensity no diff may change a larger share of its base
 */
record RegistrySettings(String id, String host, int port, long maxDiffBytes, double maxDensity) {}
