package dev.diffstream.worker.learning.rows;

import dev.diffstream.base.Base;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.input.Input;
import dev.diffstream.base.input.TextReading;
import dev.diffstream.base.input.WordEncoding;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.data.Example;
import dev.diffstream.worker.learning.rows.EncodedDataSet.Row;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Turns examples into rows: texts to tokens, labels to targets. */
final class RowEncoder {
  /** Of the masks of rows that are not trained on: the same in every run. */
  private static final long MASK_SEED = 20_260_101;

  /** Rows between two looks at whether the run may go on. */
  private static final int CHECK_EVERY = 256;

  private final Runnable interruption;
  private final Objective objective;
  private final Map<String, Integer> classes;
  private final float shift;
  private final float scale;
  private final Base base;
  private final TextReading reading;
  private final SplittableRandom random = new SplittableRandom(MASK_SEED);
  private @Nullable Masking masking;
  private int cutWords;

  private RowEncoder(
      Objective objective,
      Map<String, Integer> classes,
      float shift,
      float scale,
      Base base,
      TextReading reading,
      Runnable interruption) {
    this.interruption = interruption;
    this.objective = objective;
    this.classes = classes;
    this.shift = shift;
    this.scale = scale;
    this.base = base;
    this.reading = reading;
  }

  static RowEncoder of(
      DataSet data, Objective objective, Base base, TextReading reading, Runnable interruption) {
    double shift = 0;
    double scale = 1;
    if (objective.real()) {
      double mean = data.train().stream().mapToDouble(Example::value).average().orElse(0);
      double variance =
          data.train().stream()
              .mapToDouble(e -> (e.value() - mean) * (e.value() - mean))
              .average()
              .orElse(1);
      shift = mean;
      scale = Math.sqrt(variance);
    }
    Map<String, Integer> classes = new HashMap<>();
    data.labels().forEach(label -> classes.put(label, classes.size()));
    return new RowEncoder(
        objective, classes, (float) shift, (float) scale, base, reading, interruption);
  }

  float shift() {
    return shift;
  }

  float scale() {
    return scale;
  }

  /** Of the rows so far. */
  int cutWords() {
    return cutWords;
  }

  List<Row> rows(List<Example> examples) {
    List<Row> rows = new ArrayList<>(examples.size());
    for (Example example : examples) {
      if (rows.size() % CHECK_EVERY == 0) {
        interruption.run();
      }
      rows.add(row(example));
    }
    return rows;
  }

  private Row row(Example example) {
    return switch (objective.labelling()) {
      case CLASS -> new Row(input(example), new Target.OfClass(index(example.label())));
      case NUMBER ->
          new Row(input(example), new Target.OfNumber((example.value() - shift) / scale));
      case LABEL_SET -> {
        BitSet set = new BitSet();
        example.labels().forEach(label -> set.set(index(label)));
        yield new Row(input(example), new Target.OfLabels(set));
      }
      case TAGS -> tagged(example);
      case NONE -> masking().hide(encode(example), random);
    };
  }

  private Row tagged(Example example) {
    WordEncoding words = base.tokenizer().encodeWords(example.text(), reading.maxTokens());
    if (words.encoding().truncated()) {
      int last = words.positions().length;
      while (last > 0 && words.positions()[last - 1] < 0) {
        last--;
      }
      cutWords += words.positions().length - last;
    }
    int[] tags = example.labels().stream().mapToInt(this::index).toArray();
    return new Row(words.encoding(), new Target.OfWords(words.positions(), tags));
  }

  private Masking masking() {
    Masking known = masking == null ? Masking.of(base) : masking;
    masking = known;
    return known;
  }

  private Input input(Example example) {
    Input tensors = example.tensors();
    return tensors != null ? tensors : encode(example);
  }

  private Encoding encode(Example example) {
    return base.encode(example.text(), example.textPair(), reading);
  }

  private int index(String label) {
    Integer index = classes.get(label);
    if (index == null) {
      throw new IllegalArgumentException(
          "\"" + label + "\" is none of the labels " + classes.keySet());
    }
    return index;
  }
}
