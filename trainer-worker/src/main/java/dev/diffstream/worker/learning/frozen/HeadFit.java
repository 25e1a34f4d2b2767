package dev.diffstream.worker.learning.frozen;

import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.Objective.Labelling;
import dev.diffstream.worker.learning.HeadValues;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.evaluation.Evaluation;
import dev.diffstream.worker.learning.rows.EncodedDataSet;
import dev.diffstream.worker.learning.rows.EncodedDataSet.Row;
import dev.diffstream.worker.learning.rows.RowSample;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The head alone over the untouched base, fitted to features that are computed once: the mean loss
 * with a penalty on the squared weights, for several penalties, of which the dev rows choose. The
 * same task gives the same bits on the same kind of processor.
 *
 * @param head over plain features
 * @param dev what it scores on the dev rows
 * @param rows training rows that it was fitted to
 */
public record HeadFit(HeadValues head, Evaluation dev, int rows) {
  /** From strong to weak, each begun where the one before ended. */
  private static final double[] PENALTIES = {1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001};

  private static final int ITERATIONS = 60;
  private static final double TOLERANCE = 1e-5;

  /** Products of a pass over all rows, beyond which fewer rows are taken. */
  private static final long MAX_PRODUCTS = 100_000_000;

  /** Rows at most. */
  private static final int MAX_ROWS = 4_000;

  /** Rows at least, where there are so many. */
  private static final int MIN_ROWS = 200;

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;

  /** Whether a head alone can answer: of a masked language model every word is an output. */
  public static boolean isFor(Objective objective) {
    return objective.labelling() != Labelling.NONE;
  }

  public static HeadFit of(LearningTask task) {
    EncodedDataSet data = task.examples();
    int width = data.featureCount(task.base());
    List<Row> train = sample(data.train(), (long) width * data.outputs(), task.settings().seed());
    List<Row> all = new ArrayList<>(train);
    all.addAll(data.dev());
    FrozenFeatures features =
        FrozenFeatures.of(task.base().encoder(), data, all, task.interruption());
    List<float[]> vectors = train.stream().flatMap(row -> features.of(row).stream()).toList();
    List<HeadLoss> losses =
        train.stream().flatMap(row -> HeadLoss.of(row.target(), data.outputs()).stream()).toList();
    FeatureScale scale = new FeatureScale(vectors);
    Problem problem =
        new Problem(vectors.stream().map(scale::scaled).toList(), losses, width, data.outputs());
    HeadFit best = null;
    double[] head = new double[data.outputs() * (width + 1)];
    for (double penalty : PENALTIES) {
      task.interruption().run();
      new LimitedMemoryBfgs(ITERATIONS, TOLERANCE)
          .minimise((point, gradient) -> problem.at(point, gradient, penalty), head);
      HeadValues values = scale.unscaled(head, data.outputs());
      Evaluation dev = Evaluation.of(data, data.dev(), row -> logits(values, features.of(row)));
      if (best == null || dev.compareTo(best.dev()) > 0) {
        best = new HeadFit(values, dev, train.size());
      }
    }
    return Objects.requireNonNull(best);
  }

  private static List<Row> sample(List<Row> rows, long productsOfTerm, long seed) {
    double terms = rows.stream().mapToInt(row -> row.target().terms()).average().orElse(1);
    long affordable =
        Math.clamp((long) (MAX_PRODUCTS / productsOfTerm / terms), MIN_ROWS, MAX_ROWS);
    return RowSample.of(rows, (int) affordable, seed);
  }

  private static List<float[]> logits(HeadValues head, List<float[]> vectors) {
    return vectors.stream().map(vector -> logits(head.weight(), head.bias(), vector)).toList();
  }

  private static float[] logits(float[] weight, float[] bias, float[] vector) {
    float[] logits = bias.clone();
    for (int o = 0; o < logits.length; o++) {
      logits[o] += dot(weight, o * vector.length, vector);
    }
    return logits;
  }

  /** The lanes are added up one by one, so that the bits are the same compiled or not. */
  private static float dot(float[] weight, int from, float[] vector) {
    FloatVector sum = FloatVector.zero(FLOATS);
    int at = 0;
    for (; at + FLOATS.length() <= vector.length; at += FLOATS.length()) {
      sum =
          FloatVector.fromArray(FLOATS, weight, from + at)
              .fma(FloatVector.fromArray(FLOATS, vector, at), sum);
    }
    float[] lanes = new float[FLOATS.length()];
    sum.intoArray(lanes, 0);
    float total = 0;
    for (float lane : lanes) {
      total += lane;
    }
    for (; at < vector.length; at++) {
      total += weight[from + at] * vector[at];
    }
    return total;
  }

  /**
   * The function that is minimised: mean loss and penalty. Its points are a head's weights, output
   * by output, and behind them its biases.
   */
  private record Problem(List<float[]> vectors, List<HeadLoss> losses, int width, int outputs) {
    double at(double[] head, double[] gradient, double penalty) {
      float[] weight = new float[outputs * width];
      float[] bias = new float[outputs];
      for (int i = 0; i < weight.length; i++) {
        weight[i] = (float) head[i];
      }
      for (int o = 0; o < outputs; o++) {
        bias[o] = (float) head[weight.length + o];
      }
      float[] weightGradient = new float[weight.length];
      double[] biasGradient = new double[outputs];
      double loss = 0;
      for (int i = 0; i < vectors.size(); i++) {
        float[] vector = vectors.get(i);
        float[] logits = logits(weight, bias, vector);
        loss += losses.get(i).gradient(logits);
        for (int o = 0; o < outputs; o++) {
          biasGradient[o] += logits[o];
          addTo(weightGradient, o * width, logits[o], vector);
        }
      }
      double squares = 0;
      for (int i = 0; i < weight.length; i++) {
        squares += head[i] * head[i];
        gradient[i] = weightGradient[i] / vectors.size() + penalty * head[i];
      }
      for (int o = 0; o < outputs; o++) {
        gradient[weight.length + o] = biasGradient[o] / vectors.size();
      }
      return loss / vectors.size() + penalty / 2 * squares;
    }

    private static void addTo(float[] sum, int from, float factor, float[] vector) {
      for (int f = 0; f < vector.length; f++) {
        sum[from + f] += factor * vector[f];
      }
    }
  }
}
