package dev.diffstream.registry.console.task;

import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.registry.console.Words;
import dev.diffstream.registry.console.run.RunRow;
import dev.diffstream.registry.fleet.Convergence;
import dev.diffstream.registry.fleet.GatewayWords.Word;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What is with a task now, in one line: what serves it, who lags, and what is under way. */
final class TaskNow {
  private TaskNow() {}

  /**
   * @param words what the gateways say of the task
   * @param newest run of the task
   */
  static String of(TaskView task, List<Word> words, Optional<RunView> newest, Instant now) {
    StringBuilder text = new StringBuilder(serving(task.aliases(), words, now));
    AliasTarget candidate = task.aliases() == null ? null : task.aliases().candidate();
    if (candidate != null) {
      text.append(" Version ")
          .append(candidate.version())
          .append(" is candidate: it waits for the word of a gateway, or to be promoted.");
    }
    newest
        .filter(run -> !run.state().equals("versioned"))
        .map(run -> RunRow.of(run, now))
        .ifPresent(
            run ->
                text.append(" Its newest run: ")
                    .append(run.state())
                    .append(run.detail().isEmpty() ? "" : ", " + run.detail())
                    .append('.'));
    return text.toString();
  }

  private static String serving(
      @org.jspecify.annotations.Nullable AliasGeneration aliases, List<Word> words, Instant now) {
    if (aliases == null) {
      return "Nothing is decided about its versions yet.";
    }
    AliasTarget champion = aliases.champion();
    String what =
        (champion != null
                ? "Version " + champion.version() + " serves it"
                : aliases.provisional() != null
                    ? "A provisional, a head alone, serves it until a run has published"
                    : "Nothing serves it")
            + ", since "
            + Words.time(aliases.created())
            + " ("
            + Words.ago(aliases.created(), now)
            + ")";
    Convergence convergence = Convergence.of(aliases, words);
    if (words.isEmpty()) {
      return what + "; no gateway has spoken of it.";
    }
    return convergence.converged()
        ? what + ", at " + words.size() + (words.size() == 1 ? " gateway." : " gateways.")
        : what + "; behind: " + String.join(", ", convergence.laggards()) + ".";
  }
}
