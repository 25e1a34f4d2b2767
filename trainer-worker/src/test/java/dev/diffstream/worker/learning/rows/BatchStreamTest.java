package dev.diffstream.worker.learning.rows;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.learning.rows.EncodedDataSet.Row;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchStreamTest {
  private final long seed = new Random().nextLong();

  BatchStreamTest() {
    System.out.println("BatchStreamTest seed " + seed);
  }

  @ParameterizedTest
  @CsvSource({"1, 16", "5, 16", "16, 16", "17, 16", "160, 16", "300, 16", "7, 1"})
  void everyEpochHoldsEveryRowAtMostOnceAndMissesLessThanABatch(int count, int batchSize) {
    List<Row> rows = rows(count);
    BatchStream stream = new BatchStream(rows, batchSize, seed);
    int size = Math.min(batchSize, count);
    List<List<Target>> orders = new ArrayList<>();
    Set<Target> everSeen = new HashSet<>();
    for (int epoch = 0; epoch < 30; epoch++) {
      List<Target> seen = new ArrayList<>();
      for (int step = 0; step < stream.stepsPerEpoch(); step++) {
        List<Row> batch = stream.next();
        assertThat(batch).hasSize(size);
        batch.forEach(row -> seen.add(row.target()));
      }
      assertThat(seen).as("seed %d", seed).doesNotHaveDuplicates();
      assertThat(seen).hasSize(count / size * size);
      everSeen.addAll(seen);
      orders.add(seen);
    }
    assertThat(everSeen).hasSize(count);
    if (count > 6) {
      assertThat(orders.get(0)).isNotEqualTo(orders.get(1));
    }
  }

  @Test
  void theSeedAloneDecidesTheOrder() {
    List<Row> rows = rows(100);
    assertThat(targets(rows, seed)).isEqualTo(targets(rows, seed));
    assertThat(targets(rows, seed)).isNotEqualTo(targets(rows, seed + 1));
  }

  @Test
  void rowsOfLikeLengthStandTogether() {
    List<Row> rows = rows(512);
    BatchStream stream = new BatchStream(rows, 16, seed);
    int padded = 0;
    int tokens = 0;
    for (int step = 0; step < stream.stepsPerEpoch(); step++) {
      List<Row> batch = stream.next();
      padded += batch.size() * batch.stream().mapToInt(Row::length).max().orElseThrow();
      tokens += batch.stream().mapToInt(Row::length).sum();
    }
    // In an order without regard to length, batches of 16 out of lengths 3 to 12 pad to 1.5 times.
    assertThat(padded / (double) tokens).isBetween(1.0, 1.2);
  }

  private static List<Target> targets(List<Row> rows, long seed) {
    BatchStream stream = new BatchStream(rows, 8, seed);
    List<Target> targets = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      stream.next().forEach(row -> targets.add(row.target()));
    }
    return targets;
  }

  /** Rows of three to twelve tokens, each with a target of its own. */
  private static List<Row> rows(int count) {
    Random random = new Random(5);
    try (Base base = TinyWorld.base()) {
      List<Row> rows = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String text = "the " + "cat ".repeat(random.nextInt(10));
        rows.add(new Row(base.tokenizer().encode(text, null, 24), new Target.OfNumber(i)));
      }
      return rows;
    }
  }
}
