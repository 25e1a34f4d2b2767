package dev.diffstream.worker.learning.steps;

import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.engine.EngineMemoryException;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.network.Dropout;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.rows.EncodedDataSet;
import dev.diffstream.worker.learning.rows.EncodedDataSet.Row;
import java.util.List;

/**
 * The gradients of a batch. Where the engine runs out of memory the batch is cut into halves, and
 * these again, and their gradients are added up: the mean over the batch stays what it was, and so
 * does everything that is drawn once a step. From then on batches are cut at once.
 */
public final class BatchGradients {
  /** The forward and backward pass of some rows. */
  @FunctionalInterface
  public interface Pass {
    Gradients of(List<Row> rows, Head head, Dropout dropout);
  }

  private final Pass pass;
  private final double dropout;
  private int parts = 1;

  public BatchGradients(LearningTask task) {
    this(pass(task), task.settings().dropout());
  }

  /** Of the head alone, over a frozen base. */
  static BatchGradients ofHead(LearningTask task) {
    EncodedDataSet examples = task.examples();
    return new BatchGradients(
        (rows, head, dropped) ->
            task.encoder().headStep(examples.batch(rows), head, examples.targets(rows), dropped),
        task.settings().dropout());
  }

  /** Without dropout, whatever the task says: to look at gradients, not to take steps. */
  public static BatchGradients withoutDropout(LearningTask task) {
    return new BatchGradients(pass(task), 0);
  }

  private static Pass pass(LearningTask task) {
    EncodedDataSet examples = task.examples();
    return (rows, head, dropped) ->
        task.encoder().step(examples.batch(rows), head, examples.targets(rows), dropped);
  }

  /**
   * @param dropout share of units that are dropped
   */
  public BatchGradients(Pass pass, double dropout) {
    this.pass = pass;
    this.dropout = dropout;
  }

  /**
   * Mean loss and its gradients.
   *
   * @param gradients as the batch in one piece would give them, but for their own loss and logits,
   *     which are those of its first part
   */
  public record Result(double loss, Gradients gradients) implements AutoCloseable {
    public boolean finite() {
      return Double.isFinite(loss) && gradients.finite();
    }

    @Override
    public void close() {
      gradients.close();
    }
  }

  public int parts() {
    return parts;
  }

  void startWith(int knownParts) {
    parts = knownParts;
  }

  /**
   * @param seed of what the step drops
   */
  public Result of(List<Row> rows, Head head, long seed) {
    Dropout whole = dropout == 0 ? Dropout.NONE : Dropout.of(dropout, seed, texts(rows));
    while (true) {
      try {
        return inParts(rows, head, whole);
      } catch (EngineMemoryException e) {
        if (parts >= rows.size()) {
          throw e;
        }
        parts *= 2;
      }
    }
  }

  private static List<Encoding> texts(List<Row> rows) {
    return rows.stream().map(row -> (Encoding) row.input()).toList();
  }

  private Result inParts(List<Row> rows, Head head, Dropout whole) {
    int size = (rows.size() + parts - 1) / parts;
    List<Row> first = rows.subList(0, Math.min(size, rows.size()));
    Gradients sum = pass.of(first, head, whole);
    try {
      double loss = sum.loss();
      if (first.size() < rows.size()) {
        double share = share(first, rows);
        loss *= share;
        sum.scale((float) share);
        for (int from = size; from < rows.size(); from += size) {
          List<Row> part = rows.subList(from, Math.min(from + size, rows.size()));
          share = share(part, rows);
          try (Gradients more = pass.of(part, head, whole.from(from))) {
            loss += share * more.loss();
            sum.add(more, (float) share);
          }
        }
      }
      return new Result(loss, sum);
    } catch (RuntimeException | Error e) {
      sum.close();
      throw e;
    }
  }

  /** Counted in terms of the loss: a text may have several tokens that count. */
  private static double share(List<Row> part, List<Row> rows) {
    return (double) terms(part) / terms(rows);
  }

  private static int terms(List<Row> rows) {
    return rows.stream().mapToInt(row -> row.target().terms()).sum();
  }
}
