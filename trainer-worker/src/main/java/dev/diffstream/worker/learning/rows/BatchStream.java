package dev.diffstream.worker.learning.rows;

import dev.diffstream.worker.learning.rows.EncodedDataSet.Row;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * Endless batches of training rows, epoch after epoch, each in a new order. Rows of like length
 * stand together, so that little is padded: a shuffled epoch is cut into pools of eight batches,
 * each pool is sorted by length and cut into batches, and these are shuffled again.
 */
public final class BatchStream {
  private static final int POOL = 8;

  private final List<Row> rows;
  private final int batchSize;
  private final Random random;
  private final SplittableRandom epochRandom;
  private final Deque<List<Row>> epoch = new ArrayDeque<>();

  public BatchStream(List<Row> rows, int batchSize, long seed) {
    this.rows = List.copyOf(rows);
    this.batchSize = Math.min(batchSize, rows.size());
    this.random = new Random(seed);
    this.epochRandom = new SplittableRandom(seed);
  }

  /**
   * Steps until every row was seen once; a last batch that is not full is left to the next epoch's
   * order.
   */
  public int stepsPerEpoch() {
    return Math.max(1, rows.size() / batchSize);
  }

  public List<Row> next() {
    if (epoch.isEmpty()) {
      fill();
    }
    return epoch.removeFirst();
  }

  private void fill() {
    List<Row> shuffled = new ArrayList<>(rows.size());
    rows.forEach(row -> shuffled.add(row.inEpoch(epochRandom)));
    Collections.shuffle(shuffled, random);
    List<List<Row>> batches = new ArrayList<>();
    int whole = stepsPerEpoch() * batchSize;
    for (int from = 0; from < whole; from += POOL * batchSize) {
      List<Row> pool =
          new ArrayList<>(shuffled.subList(from, Math.min(whole, from + POOL * batchSize)));
      pool.sort(Comparator.comparingInt(Row::length));
      for (int at = 0; at < pool.size(); at += batchSize) {
        batches.add(List.copyOf(pool.subList(at, at + batchSize)));
      }
    }
    Collections.shuffle(batches, random);
    epoch.addAll(batches);
  }
}
