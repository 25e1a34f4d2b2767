package dev.diffstream.cli.bench.serve;

import java.time.Duration;

/**
 * What is measured.
 *
 * @param tasks that are served
 * @param clients that ask at the same time
 * @param phase how long they ask so many tasks without a break
 * @param rounds how often each number of tasks takes its turn
 * @param versions that are announced one after the other while they ask
 */
public record ServeOptions(int tasks, int clients, Duration phase, int rounds, int versions) {}
