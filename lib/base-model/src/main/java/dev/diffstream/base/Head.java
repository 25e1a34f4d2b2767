package dev.diffstream.base;

/**
 * The dense head of a task: {@code logits = weight * features + bias}. Updated in place by whoever
 * trains it.
 *
 * @param weight {@code outputs x features}, row-major; shared
 * @param bias {@code outputs}; shared
 */
@SuppressWarnings("ArrayRecordComponent") // a mutable buffer with a shape
public record Head(int outputs, int features, float[] weight, float[] bias) {
  public Head {
    if (outputs < 1
        || features < 1
        || weight.length != outputs * features
        || bias.length != outputs) {
      throw new IllegalArgumentException(
          "a head of "
              + outputs
              + " x "
              + features
              + " with "
              + weight.length
              + " weights and "
              + bias.length
              + " biases");
    }
  }

  public static Head zeros(int outputs, int features) {
    return new Head(outputs, features, new float[outputs * features], new float[outputs]);
  }

  public Head copy() {
    return new Head(outputs, features, weight.clone(), bias.clone());
  }
}
