package dev.diffstream.cli.bench.registry;

import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasGenerationBuilder;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.registry.VersionRecordBuilder;
import dev.diffstream.schemas.run.RunIds;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The tasks of the benchmark: what stands in each of their objects follows from its number, so that
 * answers can be checked without keeping anything. Each task has its versions, and two generations:
 * its first version was champion, then its last, with the first as previous.
 */
record PlannedTasks(int tasks, int versions) {
  static final Instant FIRST = Instant.parse("2026-01-01T00:00:00Z");
  private static final String SOURCE = "/bench";
  private static final String BASE = Sha256.of("the base of the benchmark");
  private static final List<String> METRICS = List.of("score", "accuracy", "macroF1", "majority");

  static String id(int task) {
    return "task-%06d".formatted(task);
  }

  int versionsOf(int task) {
    return versions / tasks + (task < versions % tasks ? 1 : 0);
  }

  /** When a generation was made; both of a task lie an hour apart. */
  static Instant made(int task, int generation) {
    return FIRST.plusSeconds(task).plusSeconds(3_600L * generation);
  }

  VersionRecord version(int task, int number) {
    String event = "event-%d-%d".formatted(task, number);
    String run = RunIds.of(SOURCE, event);
    return VersionRecordBuilder.builder()
        .taskId(id(task))
        .version(number)
        .digest(Sha256.of("diff of " + event))
        .bytes(480_000 + task % 1_000)
        .baseDigest(BASE)
        .event(new EventOrigin(SOURCE, event, "diffstream.tasks/%d/%d".formatted(task % 4, task)))
        .runId(run)
        .attempt(1)
        .published("diffstream.diffs/%d/%d".formatted(task % 4, task))
        .report(ObjectKeys.report(run, 1))
        .reportDigest(Sha256.of("report of " + event))
        .objective("classification")
        .labels(List.of("negative", "neutral", "positive"))
        .method("diff-pruning")
        .precision("fp16")
        .features("mean")
        .parents(List.of())
        .density(0.005)
        .nonzeros(112_825)
        .metrics(metrics(task, number))
        .created(made(task, 1).plusSeconds(number))
        .build();
  }

  /** Each with its interval, as runs report them. */
  private static Map<String, Double> metrics(int task, int number) {
    Random random = new Random(31L * task + number);
    Map<String, Double> metrics = new HashMap<>();
    for (String name : METRICS) {
      double value = Math.round(1e4 * random.nextDouble()) / 1e4;
      metrics.put(name, value);
      metrics.put(name + "Low", value * 0.98);
      metrics.put(name + "High", value * 1.02);
    }
    return metrics;
  }

  AliasGeneration generation(int task, int generation) {
    int champion = generation == 1 ? 1 : versionsOf(task);
    Map<String, AliasTarget> aliases = new HashMap<>();
    aliases.put(AliasGeneration.CHAMPION, target(task, champion));
    if (champion != 1) {
      aliases.put(AliasGeneration.PREVIOUS, target(task, 1));
    }
    return AliasGenerationBuilder.builder()
        .taskId(id(task))
        .generation(generation)
        .aliases(aliases)
        .decidedThrough(champion)
        .move(Move.accept(version(task, champion).runId()))
        .created(made(task, generation))
        .build();
  }

  private AliasTarget target(int task, int version) {
    return AliasTarget.of(version(task, version));
  }

  static TaskId taskId(int task) {
    return new TaskId(id(task));
  }
}
