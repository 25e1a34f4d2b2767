package dev.diffstream.base.mixed;

import dev.diffstream.base.architecture.Architecture;
import dev.diffstream.base.architecture.EncoderPlan;
import dev.diffstream.base.architecture.EncoderPlan.Table;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.engine.MatrixProduct;
import dev.diffstream.base.engine.MatrixProduct.Matrix;
import dev.diffstream.base.mixed.MixedPass.Request;
import dev.diffstream.base.mixed.PackedTokens.Sequence;
import dev.diffstream.base.mixed.kernel.Lanes;
import dev.diffstream.base.mixed.kernel.ParameterChanges;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/**
 * What heads make of the last layer's columns; the same features as the training script's, in plain
 * loops. Sums of features are added in double.
 *
 * <p>For one thread at a time.
 */
final class HeadLogits implements AutoCloseable {
  /** Keeps the length of a zero vector from being divided by. */
  private static final double MIN_SQUARE = 1e-12;

  /** Tokens that are compared with the vocabulary at once. */
  private static final int TOGETHER = 32;

  private final Architecture architecture;
  private final Table words;
  private final MatrixProduct engine = new MatrixProduct();
  private final Matrix wordValues;
  private final FloatMatrix transformed;
  private final FloatMatrix scores;

  /**
   * @param parameters of the base, which outlives this
   */
  HeadLogits(Architecture architecture, EncoderPlan plan, List<Parameter> parameters) {
    this.architecture = architecture;
    this.words = plan.embeddings().words();
    Parameter embedding =
        parameters.stream()
            .filter(parameter -> parameter.name().equals(words.name()))
            .findFirst()
            .orElseThrow();
    this.wordValues = engine.matrix(embedding.bytes(), words.rows(), words.width());
    this.transformed = new FloatMatrix(words.width());
    this.scores = new FloatMatrix(words.rows());
  }

  /**
   * For each request in turn.
   *
   * @param tokens packed from these requests
   * @param states the last layer: a column for each of the tokens
   */
  List<float[][]> of(List<Request> requests, PackedTokens tokens, FloatMatrix states) {
    List<float[][]> logits = new ArrayList<>();
    Iterator<Sequence> sequences = tokens.sequences().iterator();
    for (Request request : requests) {
      Sequence first = sequences.next();
      Sequence second = request.encoding().isPair() ? sequences.next() : first;
      logits.add(of(request, states, first, second));
    }
    return logits;
  }

  /**
   * @param second the sequence of the second text of a pair, else the first again
   */
  private float[][] of(Request request, FloatMatrix states, Sequence first, Sequence second) {
    int[] tokens = request.tokens();
    Head head = request.head();
    if (tokens == null) {
      float[] mean = mean(states, first);
      float[] features = first == second ? mean : pairFeatures(mean, mean(states, second));
      return new float[][] {dense(head, features)};
    }
    float[][] rows = new float[tokens.length][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = column(states, first.start() + tokens[i]);
    }
    if (head.isTied()) {
      return tied(head, rows, first.delta().table(words));
    }
    for (int i = 0; i < rows.length; i++) {
      rows[i] = dense(head, rows[i]);
    }
    return rows;
  }

  private float[] mean(FloatMatrix states, Sequence sequence) {
    float[] mean = new float[states.rows()];
    for (int row = 0; row < mean.length; row++) {
      double sum = 0;
      for (int token = 0; token < sequence.length(); token++) {
        sum += Lanes.get(states.address(row, sequence.start() + token));
      }
      mean[row] = (float) (sum / sequence.length());
    }
    return mean;
  }

  private static float[] column(FloatMatrix states, int token) {
    float[] column = new float[states.rows()];
    for (int row = 0; row < column.length; row++) {
      column[row] = Lanes.get(states.address(row, token));
    }
    return column;
  }

  /** [u, v, |u - v|, u v] with u and v brought to length sqrt(hidden). */
  private static float[] pairFeatures(float[] first, float[] second) {
    int width = first.length;
    float[] u = scaled(first);
    float[] v = scaled(second);
    float[] features = new float[4 * width];
    for (int i = 0; i < width; i++) {
      features[i] = u[i];
      features[width + i] = v[i];
      features[2 * width + i] = Math.abs(u[i] - v[i]);
      features[3 * width + i] = u[i] * v[i];
    }
    return features;
  }

  private static float[] scaled(float[] mean) {
    double squares = 0;
    for (float value : mean) {
      squares += (double) value * value;
    }
    double length = Math.sqrt(squares / mean.length + MIN_SQUARE);
    float[] scaled = new float[mean.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = (float) (mean[i] / length);
    }
    return scaled;
  }

  private static float[] dense(Head head, float[] features) {
    return linear(head.weight(), 0, head.bias(), 0, head.outputs(), features);
  }

  /** Rows of a matrix at an offset, times x, plus a bias at an offset. */
  private static float[] linear(
      FloatBuffer weight, int weightAt, FloatBuffer bias, int biasAt, int outputs, float[] x) {
    MemorySegment rows = MemorySegment.ofBuffer(weight);
    float[] y = new float[outputs];
    for (int output = 0; output < outputs; output++) {
      long row = (weightAt + (long) output * x.length) * Float.BYTES;
      y[output] = dot(rows, row, x) + bias.get(biasAt + output);
    }
    return y;
  }

  private static float dot(MemorySegment rows, long at, float[] x) {
    FloatVector sum = FloatVector.zero(Lanes.SPECIES);
    int i = 0;
    for (; i + Lanes.COUNT <= x.length; i += Lanes.COUNT) {
      FloatVector row =
          FloatVector.fromMemorySegment(
              Lanes.SPECIES, rows, at + (long) i * Float.BYTES, ByteOrder.nativeOrder());
      sum = row.fma(FloatVector.fromArray(Lanes.SPECIES, x, i), sum);
    }
    float rest = 0; // in this order: a reduction adds in another one once it is compiled
    for (int lane = 0; lane < Lanes.COUNT; lane++) {
      rest += sum.lane(lane);
    }
    for (; i < x.length; i++) {
      rest += rows.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + (long) i * Float.BYTES) * x[i];
    }
    return rest;
  }

  /**
   * Each token's transformed state against each word's embedding, with what the diff changes of the
   * embeddings; see {@link Head#tied}.
   */
  private float[][] tied(Head head, float[][] states, ParameterChanges changes) {
    float[][] logits = new float[states.length][];
    for (int from = 0; from < states.length; from += TOGETHER) {
      int count = Math.min(TOGETHER, states.length - from);
      float[][] tokens = new float[count][];
      for (int i = 0; i < count; i++) {
        tokens[i] = transformed(head, states[from + i]);
      }
      compareWithWords(tokens);
      for (int i = 0; i < count; i++) {
        logits[from + i] = scores(head, i, tokens[i], changes);
      }
    }
    return logits;
  }

  private float[] transformed(Head head, float[] state) {
    int embedding = head.embedding();
    FloatBuffer parts = head.weight();
    int matrix = embedding * state.length;
    float[] token = linear(parts, 0, parts, matrix, embedding, state);
    for (int i = 0; i < embedding; i++) {
      token[i] = gelu(token[i]);
    }
    normalise(token, parts, matrix + embedding);
    return token;
  }

  private void compareWithWords(float[][] tokens) {
    transformed.resize(tokens.length);
    scores.resize(tokens.length);
    for (int token = 0; token < tokens.length; token++) {
      for (int i = 0; i < words.width(); i++) {
        Lanes.set(transformed.address(i, token), tokens[token][i]);
      }
    }
    try (Matrix x = transformed.view(engine, 0, words.width(), tokens.length);
        Matrix y = scores.view(engine, 0, words.rows(), tokens.length)) {
      engine.multiply(wordValues, x, y);
    }
  }

  private float[] scores(Head head, int column, float[] token, ParameterChanges changes) {
    FloatBuffer bias = head.bias();
    float[] logits = new float[head.outputs()];
    for (int word = 0; word < logits.length; word++) {
      logits[word] = Lanes.get(scores.address(word, column)) + bias.get(word);
    }
    for (int i = 0; i < changes.count(); i++) {
      int place = changes.place(i);
      logits[place / token.length] += changes.value(i) * token[place % token.length];
    }
    return logits;
  }

  private static float gelu(float x) {
    float[] lane = new float[Lanes.COUNT];
    Lanes.erf(Lanes.all(x * (float) Math.sqrt(0.5))).intoArray(lane, 0);
    return 0.5f * x * (1 + lane[0]);
  }

  private void normalise(float[] x, FloatBuffer parts, int weightAt) {
    double sum = 0;
    double squares = 0;
    for (float value : x) {
      sum += value;
    }
    double mean = sum / x.length;
    for (float value : x) {
      squares += (value - mean) * (value - mean);
    }
    double scale = 1 / Math.sqrt(squares / x.length + architecture.layerNormEps());
    for (int i = 0; i < x.length; i++) {
      float normal = (float) ((x[i] - mean) * scale);
      x[i] = normal * parts.get(weightAt + i) + parts.get(weightAt + x.length + i);
    }
  }

  @Override
  public void close() {
    wordValues.close();
    engine.close();
    transformed.close();
    scores.close();
  }
}
