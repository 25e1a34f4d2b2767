package dev.diffstream.cli.bench.serve;

import java.time.Duration;
import java.util.Map;

/**
 * What is measured.
 *
 * @param tasks that are served
 * @param clients that ask at the same time
 * @param phase how long they ask so many tasks without a break
 * @param rounds how often each number of tasks takes its turn
 * @param versions that are announced one after the other while they ask
 * @param gateway settings of the gateway, as environment variables
 */
public record ServeOptions(
    int tasks,
    int clients,
    Duration phase,
    int rounds,
    int versions,
    Map<String, String> gateway) {}
