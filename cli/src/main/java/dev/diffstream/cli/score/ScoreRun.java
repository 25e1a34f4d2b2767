package dev.diffstream.cli.score;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Takes a file through a task: batches of rows are asked beside each other and written in order, so
 * that the output has a row for each row of the input, at its place.
 */
final class ScoreRun {
  /** A request's texts have at most so many characters, unless one alone has more. */
  private static final int MAX_CHARS = 1 << 19;

  private static final long SHOWN_EVERY_NANOS = 1_000_000_000L;

  private final Scoring scoring;
  private final int batch;
  private final int parallel;
  private final PrintStream progress;
  private final boolean terminal;
  private long begun;
  private long shown;
  private long skipped;

  /**
   * @param batch rows in a request
   * @param parallel requests at once
   * @param terminal whether progress is drawn in place
   */
  ScoreRun(Scoring scoring, int batch, int parallel, PrintStream progress, boolean terminal) {
    this.scoring = scoring;
    this.batch = batch;
    this.parallel = parallel;
    this.progress = progress;
    this.terminal = terminal;
  }

  private record Asked<T>(List<Row<T>> rows, Future<List<RowPrediction>> predictions) {}

  /** Reads on behind the rows that {@code out} has already. */
  <T> void run(RowFormat<T> format, BufferedReader in, ResumableFile out)
      throws IOException, InterruptedException {
    RowFormat.Rows<T> rows = format.read(in);
    skipped = out.rows();
    for (long i = 0; i < skipped && rows.hasNext(); i++) {
      rows.next();
    }
    if (skipped == 0) {
      out.writeHeader(format.header());
    }
    begun = System.nanoTime();
    Deque<Asked<T>> asked = new ArrayDeque<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        while (rows.hasNext() || !asked.isEmpty()) {
          while (asked.size() < parallel && rows.hasNext()) {
            List<Row<T>> next = next(rows);
            asked.add(new Asked<>(next, threads.submit(() -> scoring.of(next))));
          }
          write(format, asked.remove(), out);
        }
      } finally {
        threads.shutdownNow();
      }
    }
    show(out.rows(), true);
  }

  private <T> List<Row<T>> next(RowFormat.Rows<T> rows) {
    List<Row<T>> next = new ArrayList<>();
    int chars = 0;
    while (rows.hasNext() && next.size() < batch && chars < MAX_CHARS) {
      Row<T> row = rows.next();
      next.add(row);
      chars += length(row.text()) + length(row.textPair());
    }
    return next;
  }

  private static int length(@Nullable String text) {
    return text == null ? 0 : text.length();
  }

  private <T> void write(RowFormat<T> format, Asked<T> asked, ResumableFile out)
      throws IOException, InterruptedException {
    List<RowPrediction> predictions = get(asked.predictions());
    for (int i = 0; i < predictions.size(); i++) {
      RowPrediction prediction = predictions.get(i);
      out.writeRow(format.write(asked.rows().get(i), prediction), prediction.isFailed());
    }
    show(out.rows(), false);
  }

  private static List<RowPrediction> get(Future<List<RowPrediction>> predictions)
      throws InterruptedException {
    try {
      return predictions.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    }
  }

  private void show(long rows, boolean last) {
    long now = System.nanoTime();
    long pause = terminal ? SHOWN_EVERY_NANOS / 5 : 10 * SHOWN_EVERY_NANOS;
    if (!last && now - shown < pause) {
      return;
    }
    shown = now;
    String line =
        String.format(
            Locale.ROOT,
            "%,d rows, %.0f a second",
            rows,
            (rows - skipped) / Math.max(1e-9, (now - begun) / 1e9));
    progress.print(terminal ? "\r" + line + "\u001b[K" + (last ? "\n" : "") : line + "\n");
    progress.flush();
  }
}
