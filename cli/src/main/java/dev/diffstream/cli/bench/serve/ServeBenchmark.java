package dev.diffstream.cli.bench.serve;

import dev.diffstream.cli.bench.load.ClientProcess;
import dev.diffstream.cli.bench.load.PhaseResult;
import dev.diffstream.schemas.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Asks a gateway that serves many tasks, in phases of one, ten, a hundred and all of them. In every
 * round each takes one turn, in shuffled order, so that what else the machine does hits all alike.
 */
final class ServeBenchmark {
  private static final Duration WARM_UP = Duration.ofSeconds(5);
  private static final int FLOODING = 64;
  private static final Duration FOR_A_VERSION = Duration.ofMillis(700);
  private static final Duration AFTER_A_RESTART = Duration.ofSeconds(2);

  private final ServeOptions options;
  private final PublishedTasks tasks;
  private final GatewayProcess gateway;
  private final Consumer<String> say;
  private final Map<Integer, List<PhaseResult>> rounds = new TreeMap<>();
  private final List<PhaseResult> quiet = new ArrayList<>();
  private final List<PhaseResult> flooded = new ArrayList<>();
  private final List<PhaseResult> others = new ArrayList<>();
  private final List<Duration> announcedToServed = new ArrayList<>();
  private Duration start = Duration.ZERO;
  private GatewayMemory memory = GatewayMemory.UNKNOWN;

  ServeBenchmark(
      ServeOptions options, PublishedTasks tasks, GatewayProcess gateway, Consumer<String> say) {
    this.options = options;
    this.tasks = tasks;
    this.gateway = gateway;
    this.say = say;
  }

  /**
   * @param emptyPeakBytes memory of the gateway before it had a task
   * @param anonymous memory of it, watched since then; closed before it is restarted
   */
  ServeResult run(String url, java.nio.file.Path plan, long emptyPeakBytes, SampledPeak anonymous) {
    List<PublishedTasks.Next> versions = new ArrayList<>();
    for (int i = 0; i < options.versions(); i++) {
      int task = (int) ((long) i * options.tasks() / options.versions());
      versions.add(tasks.next(task, i));
    }
    try (ClientProcess clients = new ClientProcess(tasks.plan(url, options.clients()), plan)) {
      others.add(clients.ask(1, options.phase().multipliedBy(2)));
      others.add(clients.ask(options.tasks(), min(WARM_UP, options.phase().multipliedBy(4))));
      measure(clients);
      flood(clients);
      announce(clients, versions);
      memory = memory(emptyPeakBytes, anonymous);
      anonymous.close();
      say.accept("restarting the gateway");
      start = gateway.restart();
      others.add(clients.ask(options.tasks(), min(AFTER_A_RESTART, options.phase())));
    }
    return result();
  }

  private ServeResult result() {
    return new ServeResult(rounds, quiet, flooded, others, announcedToServed, start, memory);
  }

  private GatewayMemory memory(long emptyPeakBytes, SampledPeak anonymous) {
    ProcessMemory now = gateway.memory();
    return new GatewayMemory(
        now.peakBytes(),
        now.peakBytes() - emptyPeakBytes,
        now.anonymousBytes(),
        anonymous.largest());
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private void measure(ClientProcess clients) {
    List<Integer> sizes =
        new ArrayList<>(
            Stream.of(1, 10, 100, options.tasks())
                .filter(size -> size <= options.tasks())
                .distinct()
                .toList());
    Random order = new Random(13);
    for (int round = 0; round < options.rounds(); round++) {
      Collections.shuffle(sizes, order);
      for (int size : sizes) {
        PhaseResult result = clients.ask(size, options.phase());
        rounds.computeIfAbsent(size, s -> new ArrayList<>()).add(result);
        say.accept(
            "round %d: %4d tasks, %.0f texts/s, p99 %.0f ms, %d wrong, %d lost"
                .formatted(
                    round + 1,
                    size,
                    result.throughput(),
                    result.p99Millis(),
                    result.wrong(),
                    result.lost()));
      }
    }
  }

  /** A client of one task, alone and beside a flood of another, in turns. */
  private void flood(ClientProcess clients) {
    if (options.tasks() < 2) {
      return;
    }
    for (int round = 0; round < options.rounds(); round++) {
      quiet.add(clients.alone(0, options.phase()));
      flooded.add(clients.alone(FLOODING, options.phase()));
    }
    say.accept("a lone client beside a flood: " + Json.writeText(result().flood()));
  }

  /** One new version after the other while the clients ask; none is begun when they end. */
  private void announce(ClientProcess clients, List<PublishedTasks.Next> versions) {
    Duration time = FOR_A_VERSION.multipliedBy(versions.size());
    long end = System.nanoTime() + time.toNanos() - FOR_A_VERSION.toNanos();
    clients.begin(options.tasks(), time);
    for (PublishedTasks.Next version : versions) {
      if (System.nanoTime() < end || announcedToServed.isEmpty()) {
        announcedToServed.add(tasks.publish(version));
      }
    }
    others.add(clients.result());
    say.accept(announcedToServed.size() + " new versions were announced and served");
  }
}
