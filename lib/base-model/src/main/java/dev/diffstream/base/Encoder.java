package dev.diffstream.base;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Forward and backward passes over the base's parameters as they stand. Not thread-safe: one thread
 * at a time uses an encoder, and nobody writes parameters meanwhile.
 */
public final class Encoder {
  /** Added to the attention score of a padded token: its softmax is exactly 0. */
  private static final float MASKED = -1e9f;

  private final NDManager manager;
  private final List<NDArray> parameters;
  private final int hidden;
  private final PtSymbolBlock module;

  Encoder(
      NDManager manager, Architecture architecture, List<String> names, List<NDArray> parameters) {
    this.manager = manager;
    this.parameters = parameters;
    this.hidden = architecture.hidden();
    try {
      this.module =
          JniUtils.loadModule(
              (PtNDManager) manager,
              new ByteArrayInputStream(TorchScript.encoder(architecture, names)),
              false,
              false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Width of a feature vector: {@code hidden}, and four times that for pairs. */
  public int featureCount(boolean pairs) {
    return pairs ? 4 * hidden : hidden;
  }

  /**
   * {@code examples x featureCount}: the mean of a text's hidden states u; for pairs [u, v, |u -
   * v|, u * v].
   */
  public float[][] features(Batch batch) {
    try (NDManager step = manager.newSubManager()) {
      return rows(features(batch, hidden(batch, step, parameters(step, false), false)));
    }
  }

  /** {@code rows x width x hidden}, padding included. */
  public float[][][] hiddenStates(Batch batch) {
    try (NDManager step = manager.newSubManager()) {
      float[] flat = hidden(batch, step, parameters(step, false), false).toFloatArray();
      float[][][] states = new float[batch.rows()][batch.width()][hidden];
      for (int row = 0; row < batch.rows(); row++) {
        for (int token = 0; token < batch.width(); token++) {
          System.arraycopy(
              flat, (row * batch.width() + token) * hidden, states[row][token], 0, hidden);
        }
      }
      return states;
    }
  }

  /** {@code examples x outputs}. A batch of one gives the same bits every time. */
  public float[][] logits(Batch batch, Head head) {
    try (NDManager step = manager.newSubManager()) {
      NDArray features = features(batch, hidden(batch, step, parameters(step, false), false));
      return rows(logits(features, weight(step, head), step.create(head.bias())));
    }
  }

  /** One forward and one backward pass; close the result before the next step. */
  public Gradients step(Batch batch, Head head, Targets targets) {
    if (targets.count() != batch.examples()) {
      throw new IllegalArgumentException(
          batch.examples() + " examples but " + targets.count() + " targets");
    }
    NDManager step = manager.newSubManager();
    try (GradientCollector collector = TorchEngine.engine().newGradientCollector()) {
      NDList leaves = parameters(step, true);
      NDArray weight = weight(step, head);
      NDArray bias = step.create(head.bias());
      weight.setRequiresGradient(true);
      bias.setRequiresGradient(true);
      NDArray loss =
          loss(
              logits(features(batch, hidden(batch, step, leaves, true)), weight, bias),
              targets,
              step);
      collector.backward(loss);
      List<FloatBuffer> gradients = new ArrayList<>(leaves.size());
      for (NDArray leaf : leaves) {
        gradients.add(view(leaf.getGradient()));
      }
      return new Gradients(
          step,
          loss.getFloat(),
          gradients,
          weight.getGradient().toFloatArray(),
          bias.getGradient().toFloatArray());
    } catch (RuntimeException | Error e) {
      step.close();
      throw e;
    }
  }

  static FloatBuffer view(NDArray array) {
    return array.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  /** Fresh names for the same memory, so that gradients start from nothing at every step. */
  private NDList parameters(NDManager step, boolean gradients) {
    NDList leaves = new NDList(parameters.size());
    for (NDArray parameter : parameters) {
      NDArray leaf = parameter.stopGradient();
      leaf.attach(step);
      leaf.setRequiresGradient(gradients);
      leaf.setName("w[]");
      leaves.add(leaf);
    }
    return leaves;
  }

  private NDArray hidden(Batch batch, NDManager step, NDList leaves, boolean training) {
    Shape shape = new Shape(batch.rows(), batch.width());
    float[] bias = new float[batch.mask().length];
    for (int i = 0; i < bias.length; i++) {
      bias[i] = batch.mask()[i] == 0 ? MASKED : 0;
    }
    NDList inputs =
        new NDList(
            step.create(batch.ids(), shape),
            step.create(batch.types(), shape),
            step.create(bias, new Shape(batch.rows(), 1, 1, batch.width())));
    inputs.addAll(leaves);
    NDList outputs = IValueUtils.forward(module, inputs, training);
    outputs.attach(step);
    return outputs.singletonOrThrow();
  }

  private NDArray features(Batch batch, NDArray hiddenStates) {
    NDManager step = hiddenStates.getManager();
    NDArray mask = step.create(batch.mask(), new Shape(batch.rows(), batch.width(), 1));
    NDArray mean = hiddenStates.mul(mask).sum(new int[] {1}).div(mask.sum(new int[] {1}));
    if (!batch.pairs()) {
      return mean;
    }
    NDArray u = mean.get("0:" + batch.examples());
    NDArray v = mean.get(batch.examples() + ":");
    return NDArrays.concat(new NDList(u, v, u.sub(v).abs(), u.mul(v)), 1);
  }

  private static NDArray weight(NDManager step, Head head) {
    return step.create(head.weight(), new Shape(head.outputs(), head.features()));
  }

  private static NDArray logits(NDArray features, NDArray weight, NDArray bias) {
    return features.matMul(weight.transpose()).add(bias);
  }

  private static NDArray loss(NDArray logits, Targets targets, NDManager step) {
    return switch (targets) {
      case Targets.Classes(int[] classes) -> {
        int outputs = (int) logits.getShape().get(1);
        float[] oneHot = new float[classes.length * outputs];
        for (int i = 0; i < classes.length; i++) {
          oneHot[i * outputs + classes[i]] = -1f / classes.length;
        }
        yield logits
            .logSoftmax(1)
            .mul(step.create(oneHot, new Shape(classes.length, outputs)))
            .sum();
      }
      case Targets.Values(float[] values) ->
          logits.flatten().sub(step.create(values)).square().mean();
    };
  }

  private static float[][] rows(NDArray matrix) {
    int columns = (int) matrix.getShape().get(1);
    float[] flat = matrix.toType(DataType.FLOAT32, false).toFloatArray();
    float[][] rows = new float[flat.length / columns][columns];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(flat, i * columns, rows[i], 0, columns);
    }
    return rows;
  }
}
