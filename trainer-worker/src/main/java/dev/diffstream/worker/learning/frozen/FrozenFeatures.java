package dev.diffstream.worker.learning.frozen;

import dev.diffstream.base.encoder.Encoder;
import dev.diffstream.worker.learning.rows.EncodedDataSet;
import dev.diffstream.worker.learning.rows.EncodedDataSet.Row;
import dev.diffstream.worker.learning.rows.Target;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What the untouched base says of rows: a vector for each text, pair or input, or one for each word
 * that has a tag. Computed in batches of rows of like length.
 */
final class FrozenFeatures {
  private static final int BATCH = 32;

  private final Map<Row, List<float[]>> byRow = new IdentityHashMap<>();

  private FrozenFeatures() {}

  /**
   * @param interruption called before each batch; what it throws ends the computation
   */
  static FrozenFeatures of(
      Encoder encoder, EncodedDataSet data, List<Row> rows, Runnable interruption) {
    FrozenFeatures features = new FrozenFeatures();
    List<Row> byLength = new ArrayList<>(rows);
    byLength.sort(Comparator.comparingInt(Row::length));
    for (int from = 0; from < byLength.size(); from += BATCH) {
      interruption.run();
      features.add(encoder, data, byLength.subList(from, Math.min(byLength.size(), from + BATCH)));
    }
    return features;
  }

  private void add(Encoder encoder, EncodedDataSet data, List<Row> batch) {
    if (!data.objective().ofTokens()) {
      float[][] features = encoder.features(data.batch(batch));
      for (int i = 0; i < features.length; i++) {
        byRow.put(batch.get(i), List.of(features[i]));
      }
      return;
    }
    float[][][] states = encoder.hiddenStates(data.batch(batch));
    for (int i = 0; i < states.length; i++) {
      List<float[]> words = new ArrayList<>();
      for (int position : ((Target.OfWords) batch.get(i).target()).asked()) {
        words.add(states[i][position]);
      }
      byRow.put(batch.get(i), words);
    }
  }

  List<float[]> of(Row row) {
    return Objects.requireNonNull(byRow.get(row), "features of a row that was not among them");
  }
}
