package dev.diffstream.worker.learning;

import dev.diffstream.base.Batch;
import dev.diffstream.base.Encoding;
import dev.diffstream.base.Targets;
import dev.diffstream.base.Tokenizer;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.data.Example;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A data set as tokens and targets. Numbers are standardised by the training rows' mean and deviation; {@link #shift} and {@link #scale} lead
 * back.
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
  public record Row(Encoding text, @Nullable Encoding textPair, float target) {
    public int length() {
      return Math.max(text.length(), textPair == null ? 0 : textPair.length());
    }

    boolean truncated() {
      return text.truncated() || (textPair != null && textPair.truncated());
    }
  }

  public static EncodedDataSet of(DataSet data, Objective objective, Tokenizer tokenizer, int maxTokens) {
    float shift = 0;
    float scale = 1;
    if (objective.real()) {
      double mean = data.train().stream().mapToDouble(Example::value).average().orElse(0);
      double variance = data.train().stream().mapToDouble(e -> (e.value() - mean) * (e.value() - mean)).average().orElse(1);
      shift = (float) mean;
      scale = (float) Math.sqrt(variance);
    }
    Map<String, Integer> classes = new HashMap<>();
    data.labels().forEach(label -> classes.put(label, classes.size()));
    Encoder encoder = new Encoder(classes, shift, scale, tokenizer, maxTokens, objective.real());
    List<Row> train = encoder.rows(data.train());
    List<Row> dev = encoder.rows(data.dev());
    List<Row> test = encoder.rows(data.test());
    int truncated = (int) java.util.stream.Stream.of(train, dev, test).flatMap(List::stream).filter(Row::truncated).count();
    return new EncodedDataSet(objective, train, dev, test, objective.real() ? 1 : data.labels().size(), shift, scale, truncated);
  }

  private record Encoder(
      Map<String, Integer> classes, float shift, float scale, Tokenizer tokenizer, int maxTokens, boolean real) {
    List<Row> rows(List<Example> examples) {
      List<Row> rows = new ArrayList<>(examples.size());
      for (Example example : examples) {
        float target = real ? (example.value() - shift) / scale : classes.getOrDefault(example.label(), -1);
        rows.add(
            new Row(
                tokenizer.encode(example.text(), maxTokens), tokenizer.encodeNullable(example.textPair(), maxTokens), target));
      }
      return rows;
    }
  }

  public Batch batch(List<Row> rows) {
    List<Encoding> texts = rows.stream().map(Row::text).toList();
    if (!objective.pairs()) {
      return Batch.of(texts);
    }
    return Batch.ofPairs(texts, rows.stream().map(row -> java.util.Objects.requireNonNull(row.textPair())).toList());
  }

  public Targets targets(List<Row> rows) {
    if (objective.real()) {
      float[] values = new float[rows.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = rows.get(i).target();
      }
      return new Targets.Values(values);
    }
    return new Targets.Classes(rows.stream().mapToInt(row -> (int) row.target()).toArray());
  }

  /** Token ids that occur in the training rows, ascending, and the length of the longest text. */
  public UsedRows usedRows(int vocabulary, int tokenTypes) {
    BitSet ids = new BitSet(vocabulary);
    BitSet types = new BitSet(tokenTypes);
    int longest = 0;
    for (Row row : train) {
      for (Encoding encoding : row.textPair() == null ? List.of(row.text()) : List.of(row.text(), row.textPair())) {
        for (int i = 0; i < encoding.length(); i++) {
          ids.set((int) encoding.ids()[i]);
          types.set((int) encoding.types()[i]);
        }
        longest = Math.max(longest, encoding.length());
      }
    }
    return new UsedRows(
        Map.of(
            "embeddings.word_embeddings.weight", ids.stream().toArray(),
            "embeddings.token_type_embeddings.weight", types.stream().toArray(),
            "embeddings.position_embeddings.weight", java.util.stream.IntStream.range(0, longest).toArray()));
  }

  /** The rows of embedding matrices that training can touch, by parameter. */
  public record UsedRows(Map<String, int[]> byParameter) {}
}
