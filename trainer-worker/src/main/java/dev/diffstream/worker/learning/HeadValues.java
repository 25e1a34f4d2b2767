package dev.diffstream.worker.learning;

import dev.diffstream.base.Head;

/**
 * The values of a dense head at one moment, apart from the engine's memory.
 *
 * @param weight {@code outputs x features}, row-major; shared
 * @param bias {@code outputs}; shared
 */
@SuppressWarnings("ArrayRecordComponent") // a snapshot
public record HeadValues(int outputs, int features, float[] weight, float[] bias) {

  public static HeadValues of(Head head) {
    float[] weight = new float[head.outputs() * head.features()];
    float[] bias = new float[head.outputs()];
    head.weight().get(0, weight);
    head.bias().get(0, bias);
    return new HeadValues(head.outputs(), head.features(), weight, bias);
  }

  public Head toHead() {
    Head head = new Head(outputs, features);
    head.weight().put(0, weight);
    head.bias().put(0, bias);
    return head;
  }

  /** The head whose outputs are {@code scale * y + shift} for the outputs y of this one. */
  public HeadValues rescaled(float scale, float shift) {
    float[] scaledWeight = new float[weight.length];
    float[] scaledBias = new float[bias.length];
    for (int i = 0; i < weight.length; i++) {
      scaledWeight[i] = scale * weight[i];
    }
    for (int i = 0; i < bias.length; i++) {
      scaledBias[i] = scale * bias[i] + shift;
    }
    return new HeadValues(outputs, features, scaledWeight, scaledBias);
  }
}
