package dev.diffstream.worker.learning.evaluation;

import dev.diffstream.worker.learning.rows.EncodedDataSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * From the outputs of a head to the labels of a data set, by name.
 *
 * @param data whose labels are those of the original one, then those that only the head has
 * @param outputs of the head, by label of {@code data}; -1: the head does not have it
 */
@SuppressWarnings("ArrayRecordComponent") // read only
record LabelMapping(EncodedDataSet data, int[] outputs) {

  static LabelMapping of(List<String> headLabels, EncodedDataSet data) {
    List<String> labels = new ArrayList<>(data.labels());
    headLabels.stream().filter(label -> !data.labels().contains(label)).forEach(labels::add);
    if (labels.isEmpty()) {
      return new LabelMapping(data, new int[0]);
    }
    Map<String, Integer> byName = new HashMap<>();
    for (String label : headLabels) {
      byName.put(label, byName.size());
    }
    int[] outputs = labels.stream().mapToInt(label -> byName.getOrDefault(label, -1)).toArray();
    return new LabelMapping(data.withLabels(labels), outputs);
  }

  /** Rows of the head's outputs as rows over the labels. */
  float[][] logits(float[][] ofHead) {
    return outputs.length == 0
        ? ofHead
        : Arrays.stream(ofHead).map(this::mapped).toArray(float[][]::new);
  }

  private float[] mapped(float[] row) {
    float[] mapped = new float[outputs.length];
    for (int i = 0; i < mapped.length; i++) {
      mapped[i] = outputs[i] < 0 ? Float.NEGATIVE_INFINITY : row[outputs[i]];
    }
    return mapped;
  }
}
