package dev.diffstream.worker.learning;

import dev.diffstream.base.encoder.Head;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import java.util.Arrays;

/**
 * The values of a dense head at one moment, apart from the engine's memory.
 *
 * @param embedding width of the word embeddings that a tied head compares with; 0 for a linear one
 * @param weight as {@link Head#weight()}; shared
 * @param bias {@code outputs}; shared
 */
@SuppressWarnings("ArrayRecordComponent") // a snapshot
public record HeadValues(int outputs, int features, int embedding, float[] weight, float[] bias) {

  /** Of a linear head. */
  public HeadValues(int outputs, int features, float[] weight, float[] bias) {
    this(outputs, features, 0, weight, bias);
  }

  public static HeadValues of(Head head) {
    float[] weight = new float[head.weight().capacity()];
    float[] bias = new float[head.outputs()];
    head.weight().get(0, weight);
    head.bias().get(0, bias);
    int embedding = head.isTied() ? head.embedding() : 0;
    return new HeadValues(head.outputs(), head.features(), embedding, weight, bias);
  }

  public Head toHead() {
    Head head =
        embedding > 0 ? Head.tied(outputs, features, embedding) : new Head(outputs, features);
    head.weight().put(0, weight);
    head.bias().put(0, bias);
    return head;
  }

  /** What a diff file holds; the arrays are shared. */
  public static HeadValues inFile(Diff.Head head) {
    return switch (head) {
      case Diff.DenseHead dense ->
          new HeadValues(dense.outputs(), dense.features(), dense.weight(), dense.bias());
      case Diff.TiedHead tied -> {
        float[] weight =
            concatenated(tied.transform(), tied.transformBias(), tied.norm(), tied.normBias());
        yield new HeadValues(
            tied.outputs(), tied.features(), tied.embedding(), weight, tied.bias());
      }
    };
  }

  private static float[] concatenated(float[]... parts) {
    float[] all = new float[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  /** As the diff file holds it. */
  public Diff.Head inFile() {
    if (embedding == 0) {
      return new Diff.DenseHead(outputs, features, weight, bias);
    }
    int behind = embedding * features;
    return new Diff.TiedHead(
        outputs,
        features,
        embedding,
        Arrays.copyOf(weight, behind),
        Arrays.copyOfRange(weight, behind, behind + embedding),
        Arrays.copyOfRange(weight, behind + embedding, behind + 2 * embedding),
        Arrays.copyOfRange(weight, behind + 2 * embedding, behind + 3 * embedding),
        bias);
  }

  /** The linear head whose outputs are {@code scale * y + shift} for the outputs y of this one. */
  public HeadValues rescaled(float scale, float shift) {
    if (scale == 1 && shift == 0) {
      return this;
    }
    float[] scaledWeight = new float[weight.length];
    float[] scaledBias = new float[bias.length];
    for (int i = 0; i < weight.length; i++) {
      scaledWeight[i] = scale * weight[i];
    }
    for (int i = 0; i < bias.length; i++) {
      scaledBias[i] = scale * bias[i] + shift;
    }
    return new HeadValues(outputs, features, embedding, scaledWeight, scaledBias);
  }

  /** Keeps both under {@code name}. */
  public void save(StateWriter out, String name) {
    out.floats(name + ".weight", weight);
    out.floats(name + ".bias", bias);
  }

  /** Reads what {@link #save} kept into these arrays. */
  public void load(StateReader in, String name) {
    in.floats(name + ".weight", weight);
    in.floats(name + ".bias", bias);
  }
}
