package dev.diffstream.worker.learning;

import dev.diffstream.base.Base;
import dev.diffstream.base.Batch;
import dev.diffstream.base.Input;
import dev.diffstream.base.Targets;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.data.Example;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A data set as a base takes it, with targets. Numbers are standardised by the training rows' mean
 * and deviation; {@link #shift} and {@link #scale} lead back.
 *
 * @param outputs of the head: one per label, one for regression
 * @param truncated examples that were cut to the most tokens
 */
public record EncodedDataSet(
    Objective objective,
    List<Row> train,
    List<Row> dev,
    List<Row> test,
    int outputs,
    float shift,
    float scale,
    int truncated) {

  /**
   * One example.
   *
   * @param target class index, or the standardised number
   */
  public record Row(Input input, float target) {
    /** Tokens of the text, of the longer one of a pair, or steps: what a batch is padded to. */
    public int length() {
      return input.longest();
    }
  }

  public static EncodedDataSet of(DataSet data, Objective objective, Base base, int maxTokens) {
    float shift = 0;
    float scale = 1;
    if (objective.real()) {
      double mean = data.train().stream().mapToDouble(Example::value).average().orElse(0);
      double variance =
          data.train().stream()
              .mapToDouble(e -> (e.value() - mean) * (e.value() - mean))
              .average()
              .orElse(1);
      shift = (float) mean;
      scale = (float) Math.sqrt(variance);
    }
    Map<String, Integer> classes = new HashMap<>();
    data.labels().forEach(label -> classes.put(label, classes.size()));
    Encoder encoder = new Encoder(classes, shift, scale, base, maxTokens, objective.real());
    List<Row> train = encoder.rows(data.train());
    List<Row> dev = encoder.rows(data.dev());
    List<Row> test = encoder.rows(data.test());
    int truncated =
        (int)
            java.util.stream.Stream.of(train, dev, test)
                .flatMap(List::stream)
                .filter(row -> row.input().truncated())
                .count();
    return new EncodedDataSet(
        objective,
        train,
        dev,
        test,
        objective.real() ? 1 : data.labels().size(),
        shift,
        scale,
        truncated);
  }

  private record Encoder(
      Map<String, Integer> classes,
      float shift,
      float scale,
      Base base,
      int maxTokens,
      boolean real) {
    List<Row> rows(List<Example> examples) {
      List<Row> rows = new ArrayList<>(examples.size());
      for (Example example : examples) {
        float target =
            real ? (example.value() - shift) / scale : classes.getOrDefault(example.label(), -1);
        rows.add(new Row(input(example), target));
      }
      return rows;
    }

    private Input input(Example example) {
      Input tensors = example.tensors();
      return tensors != null
          ? tensors
          : base.tokenizer().encode(example.text(), example.textPair(), maxTokens);
    }
  }

  public Batch batch(List<Row> rows) {
    return Batch.of(rows.stream().map(Row::input).toList());
  }

  public Targets targets(List<Row> rows) {
    if (objective.real()) {
      float[] values = new float[rows.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = rows.get(i).target();
      }
      return new Targets.RealTargets(values);
    }
    return new Targets.ClassTargets(rows.stream().mapToInt(row -> (int) row.target()).toArray());
  }

  /** The rows of embedding matrices that the training rows can touch, by parameter. */
  public Map<String, int[]> usedRows(dev.diffstream.base.Encoder encoder) {
    return encoder.usedRows(train.stream().map(Row::input).toList());
  }
}
