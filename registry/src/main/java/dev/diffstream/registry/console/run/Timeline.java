package dev.diffstream.registry.console.run;

import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.registry.console.VersionAliases;
import dev.diffstream.registry.console.Words;
import dev.diffstream.registry.fleet.GatewayWords.Word;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.run.RunReport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A run from its event to the gateways that serve what came of it. */
public final class Timeline {
  private final List<Moment> moments = new ArrayList<>();

  private record Moment(Instant time, String what) {}

  /**
   * Something that happened.
   *
   * @param since the moment before; null for the first
   */
  public record Step(String time, String what, @Nullable String since) {}

  private Timeline() {}

  /**
   * @param attempts of the run
   * @param task null while it has no version
   * @param generations of the task, of which those that name the run's version count
   * @param words of gateways about the task
   */
  public static List<Step> of(
      RunView run,
      StoredReports.Attempts attempts,
      @Nullable TaskView task,
      List<AliasGeneration> generations,
      List<Word> words) {
    Timeline timeline = new Timeline();
    if (run.submission() != null) {
      timeline.add(run.submission().submitted(), "its event was sent");
    }
    attempts.reports().forEach(stored -> timeline.add(stored.report()));
    Optional<VersionRecord> version =
        task == null
            ? Optional.empty()
            : task.versions().stream()
                .filter(known -> known.runId().equals(run.runId()))
                .findFirst();
    if (version.isPresent()) {
      timeline.add(version.get().created(), "accepted as version " + version.get().version());
      timeline.add(version.get().version(), generations, words);
    }
    return timeline.steps();
  }

  private void add(Instant time, String what) {
    moments.add(new Moment(time, what));
  }

  private void add(RunReport report) {
    String attempt = "attempt " + report.attempt();
    add(
        report.started(),
        attempt + " began" + (report.worker() == null ? "" : " on " + report.worker()));
    RunReport.Failure failure = report.failure();
    add(
        report.finished(),
        attempt
            + " ended: "
            + report.outcome().text()
            + (failure == null ? "" : ", " + failure.errorCode()));
  }

  private void add(long version, List<AliasGeneration> generations, List<Word> words) {
    Optional<AliasGeneration> first =
        generations.stream()
            .filter(generation -> names(generation, version))
            .min(Comparator.comparingLong(AliasGeneration::generation));
    for (AliasGeneration generation : generations) {
      if (names(generation, version)) {
        Move move = generation.move();
        add(
            generation.created(),
            "generation %d%s: it is %s"
                .formatted(
                    generation.generation(),
                    move == null ? "" : ", " + move.kind() + " by " + move.actor(),
                    VersionAliases.of(version, generation).text()));
      }
    }
    for (Word word : words) {
      if (word.residency().version() == version && first.isPresent()) {
        add(
            word.said(),
            "gateway %s says: %s"
                .formatted(word.residency().gatewayId(), word.residency().state().text()));
      }
    }
  }

  private static boolean names(AliasGeneration generation, long version) {
    return generation.aliases().values().stream()
        .map(AliasTarget::version)
        .anyMatch(named -> named == version);
  }

  private List<Step> steps() {
    moments.sort(Comparator.comparing(Moment::time));
    List<Step> steps = new ArrayList<>();
    Instant before = null;
    for (Moment moment : moments) {
      steps.add(
          new Step(
              Words.time(moment.time()),
              moment.what(),
              before == null ? null : since(Duration.between(before, moment.time()))));
      before = moment.time();
    }
    return List.copyOf(steps);
  }

  private static String since(Duration between) {
    return between.toMillis() < 10_000 ? between.toMillis() + " ms" : Words.duration(between);
  }
}
