package dev.diffstream.cli.display;

import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.RunProgressed;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A bar per run. On a terminal the bars are drawn in place; elsewhere a line is printed at every
 * change of phase and every ten percent.
 */
public final class ProgressBoard {
  private static final int WIDTH = 24;

  private final PrintStream out;
  private final boolean terminal;
  private final Map<String, String> rows = new LinkedHashMap<>();
  private final Map<String, String> printed = new LinkedHashMap<>();
  private int drawn;

  public ProgressBoard(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** Waiting, or whatever {@code text} says. */
  public void say(String task, String text) {
    show(task, String.format(Locale.ROOT, "%-20s %s", task, text), text);
  }

  public void progress(RunProgressed progress) {
    int filled = (int) Math.round(progress.share() * WIDTH);
    StringBuilder row = new StringBuilder();
    row.append(
        String.format(
            Locale.ROOT,
            "%-20s [%s%s] %3.0f %%  %-13s",
            progress.taskId(),
            "#".repeat(filled),
            "-".repeat(WIDTH - filled),
            100 * progress.share(),
            progress.phase().text()));
    if (progress.steps() > 1) {
      row.append(String.format(Locale.ROOT, " step %d/%d", progress.step(), progress.steps()));
    }
    if (progress.loss() != null) {
      row.append(String.format(Locale.ROOT, "  loss %.4f", progress.loss()));
    }
    if (progress.secondsLeft() != null && progress.phase() != Phase.PUBLISHED) {
      row.append(String.format(Locale.ROOT, "  %.0f s left", progress.secondsLeft()));
    }
    row.append("  attempt ").append(progress.attempt());
    if (progress.worker() != null) {
      row.append(" by ").append(ForeignText.line(progress.worker()));
    }
    if (progress.device() != null) {
      row.append(" on ").append(ForeignText.line(progress.device()));
    }
    show(progress.taskId(), row.toString(), progress.phase() + " " + (int) (10 * progress.share()));
  }

  private void show(String task, String row, String landmark) {
    rows.put(task, row);
    if (terminal) {
      draw();
    } else if (!landmark.equals(printed.put(task, landmark))) {
      out.println(row);
    }
  }

  private void draw() {
    StringBuilder text = new StringBuilder();
    if (drawn > 0) {
      text.append("\u001b[").append(drawn).append('A');
    }
    rows.values().forEach(row -> text.append("\u001b[2K").append(row).append('\n'));
    drawn = rows.size();
    out.print(text);
    out.flush();
  }
}
