package dev.diffstream.worker.learning.rows;

import dev.diffstream.base.Base;
import dev.diffstream.base.encoder.Encoder;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.encoder.Targets;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Input;
import dev.diffstream.base.input.TextReading;
import dev.diffstream.base.input.TokenSelection;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.Objective.Labelling;
import dev.diffstream.worker.data.DataSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A data set as a base takes it, with targets. Numbers are standardised by the training rows' mean
 * and deviation; {@link #shift} and {@link #scale} lead back.
 *
 * @param labels names of the head's outputs in order; empty for numbers and for masked tokens
 * @param outputs of the head: one per label, one for numbers, one per word of the vocabulary
 * @param reading how texts became tokens
 * @param cuts what was cut off
 */
public record EncodedDataSet(
    Objective objective,
    TextReading reading,
    List<Row> train,
    List<Row> dev,
    List<Row> test,
    List<String> labels,
    int outputs,
    float shift,
    float scale,
    Cuts cuts) {

  /**
   * What did not fit into the most tokens.
   *
   * @param examples that were cut: texts, or pairs of them
   * @param words that have a tag but were cut off with it
   */
  public record Cuts(int examples, int words) {}

  /** One example. */
  public record Row(Input input, Target target) {
    /** Tokens of the longest sequence, or steps: what a batch is padded to. */
    public int length() {
      return input.maxSequenceLength();
    }

    /** The row as an epoch sees it: of a masked one, other tokens are hidden each time. */
    Row inEpoch(SplittableRandom random) {
      return target instanceof Target.OfMasked masked ? masked.again(random) : this;
    }
  }

  /** Of single texts, or of pairs whose texts are sequences of their own. */
  public static EncodedDataSet of(DataSet data, Objective objective, Base base, int maxTokens) {
    return of(data, objective, base, TextReading.separate(maxTokens), () -> {});
  }

  /**
   * Rows that nothing can be asked of, because none of their words has a token, are left out of the
   * training rows.
   *
   * @param interruption called every some rows; what it throws ends the encoding
   */
  public static EncodedDataSet of(
      DataSet data, Objective objective, Base base, TextReading reading, Runnable interruption) {
    RowEncoder encoder = RowEncoder.of(data, objective, base, reading, interruption);
    List<Row> train =
        encoder.rows(data.train()).stream().filter(row -> row.target().terms() > 0).toList();
    if (train.isEmpty()) {
      throw new DiffstreamException(
          ErrorCode.TOO_FEW_EXAMPLES, "no training row has a token to learn from");
    }
    List<Row> dev = encoder.rows(data.dev());
    List<Row> test = encoder.rows(data.test());
    return new EncodedDataSet(
        objective,
        reading,
        train,
        dev,
        test,
        data.labels(),
        outputs(data, objective, base),
        encoder.shift(),
        encoder.scale(),
        new Cuts(truncated(train) + truncated(dev) + truncated(test), encoder.cutWords()));
  }

  /** The same rows with more labels behind the known ones. */
  public EncodedDataSet withLabels(List<String> more) {
    return new EncodedDataSet(
        objective, reading, train, dev, test, more, more.size(), shift, scale, cuts);
  }

  private static int outputs(DataSet data, Objective objective, Base base) {
    return switch (objective.labelling()) {
      case NUMBER -> 1;
      case NONE -> base.architecture().vocab();
      case CLASS, LABEL_SET, TAGS -> data.labels().size();
    };
  }

  private static int truncated(List<Row> rows) {
    return (int) rows.stream().filter(row -> row.input().truncated()).count();
  }

  public Batch batch(List<Row> rows) {
    return Batch.of(rows.stream().map(Row::input).toList());
  }

  public Targets targets(List<Row> rows) {
    return switch (objective.labelling()) {
      case CLASS ->
          new Targets.ClassTargets(
              rows.stream().mapToInt(row -> ((Target.OfClass) row.target()).index()).toArray());
      case NUMBER -> {
        float[] values = new float[rows.size()];
        for (int i = 0; i < values.length; i++) {
          values[i] = ((Target.OfNumber) rows.get(i).target()).value();
        }
        yield new Targets.RealTargets(values);
      }
      case LABEL_SET -> {
        float[][] sets = new float[rows.size()][outputs];
        for (int i = 0; i < sets.length; i++) {
          BitSet labels = ((Target.OfLabels) rows.get(i).target()).labels();
          for (int c = 0; c < outputs; c++) {
            sets[i][c] = labels.get(c) ? 1 : 0;
          }
        }
        yield new Targets.LabelSetTargets(sets);
      }
      case TAGS, NONE ->
          new Targets.TokenTargets(
              tokens(rows), rows.stream().flatMapToInt(EncodedDataSet::tokenClasses).toArray());
    };
  }

  /** What the head says: a row of logits for each text, or for each token that is asked of it. */
  public float[][] logits(Encoder encoder, Head head, List<Row> rows) {
    return objective.ofTokens()
        ? encoder.logits(batch(rows), head, tokens(rows))
        : encoder.logits(batch(rows), head);
  }

  /**
   * A head to begin with. Zero, where outputs have names or there is one only; of a masked language
   * model the plain states, with the words as likely as they are in the training texts.
   */
  public Head newHead(Base base) {
    if (objective.labelling() != Labelling.NONE) {
      return new Head(outputs, featureCount(base));
    }
    Head head = base.newTiedHead();
    double[] counts = targetCounts();
    double all = Arrays.stream(counts).sum() + outputs;
    for (int word = 0; word < outputs; word++) {
      head.bias().put(word, (float) Math.log((counts[word] + 1) / all));
    }
    return head;
  }

  /** Width of what the head sees of an example. */
  public int featureCount(Base base) {
    return base.featureCount(objective, reading.pairs());
  }

  /** How often each output is the right one in the training rows. */
  public double[] targetCounts() {
    double[] counts = new double[outputs];
    for (Row row : train) {
      switch (row.target()) {
        case Target.OfClass one -> counts[one.index()]++;
        case Target.OfNumber ignored -> counts[0]++;
        case Target.OfLabels set -> set.labels().stream().forEach(label -> counts[label]++);
        case Target.OfWords words -> IntStream.of(words.tags()).forEach(tag -> counts[tag]++);
        case Target.OfMasked masked -> {
          int[] ids = masked.whole().ids();
          IntStream.range(1, ids.length - 1).forEach(at -> counts[ids[at]]++);
        }
      }
    }
    return counts;
  }

  private static TokenSelection tokens(List<Row> rows) {
    List<int[]> positions = new ArrayList<>();
    for (Row row : rows) {
      positions.add(
          switch (row.target()) {
            case Target.OfWords words -> words.asked();
            case Target.OfMasked masked -> masked.positions();
            default -> throw new IllegalArgumentException("no tokens are asked of " + row);
          });
    }
    return TokenSelection.of(positions);
  }

  private static IntStream tokenClasses(Row row) {
    return switch (row.target()) {
      case Target.OfWords words -> IntStream.of(words.askedTags());
      case Target.OfMasked masked -> IntStream.of(masked.ids());
      default -> throw new IllegalArgumentException("no tokens are asked of " + row);
    };
  }

  /**
   * The rows of embedding matrices that training can touch, by parameter; one that is not named may
   * be touched anywhere. To a masked language model every word is an output too.
   */
  public Map<String, int[]> usedRows(Encoder encoder) {
    List<Input> inputs = train.stream().map(Row::input).toList();
    return objective.labelling() == Labelling.NONE
        ? encoder.usedRowsWithTiedHead(inputs)
        : encoder.usedRows(inputs);
  }
}
