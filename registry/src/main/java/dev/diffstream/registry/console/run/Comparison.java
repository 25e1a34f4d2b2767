package dev.diffstream.registry.console.run;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Runs in lines, and in columns what differs between them.
 *
 * @param columns names of figures
 * @param same how many figures are the same for all runs, and left out
 */
record Comparison(List<String> columns, List<Line> lines, int same) {
  /**
   * A run.
   *
   * @param cells by column; empty text where the run does not have it
   */
  record Line(RunRow run, List<String> cells) {}

  /**
   * @param everything also what is the same for all
   */
  static Comparison of(List<ComparedRun> runs, boolean everything) {
    Set<String> names = new TreeSet<>();
    runs.forEach(run -> names.addAll(run.figures().keySet()));
    List<String> columns = new ArrayList<>();
    int same = 0;
    for (String name : names) {
      if (everything || runs.size() < 2 || differs(name, runs)) {
        columns.add(name);
      } else {
        same++;
      }
    }
    List<Line> lines = runs.stream().map(run -> line(run, columns)).toList();
    return new Comparison(List.copyOf(columns), lines, same);
  }

  /** Runs that have not told anything yet do not differ from others. */
  private static boolean differs(String name, List<ComparedRun> runs) {
    Set<String> values = new HashSet<>();
    runs.stream()
        .map(ComparedRun::figures)
        .filter(figures -> !figures.isEmpty())
        .forEach(figures -> values.add(figures.getOrDefault(name, "")));
    return values.size() > 1;
  }

  private static Line line(ComparedRun run, List<String> columns) {
    return new Line(
        run.run(), columns.stream().map(name -> run.figures().getOrDefault(name, "")).toList());
  }
}
