package dev.diffstream.gateway.protocol;

import dev.diffstream.base.input.TensorInput;
import dev.diffstream.base.input.TensorSpec;
import dev.diffstream.gateway.model.Example;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The FP32 inputs of a request for a base that takes tensors: each named as the base names it, of
 * shape n and then the shape of one example. A dimension that varies is the same for all n of one
 * request.
 */
final class TensorInputs {
  private record Values(float[] all, int examples) {}

  private final List<TensorSpec> specs;
  private final int max;
  private final Map<String, Values> found = new LinkedHashMap<>();

  /**
   * @param max examples of a request
   */
  TensorInputs(List<TensorSpec> specs, int max) {
    this.specs = specs;
    this.max = max;
  }

  /** Takes the next input of the request. */
  void add(InputTensor input) {
    TensorSpec spec =
        specs.stream()
            .filter(candidate -> candidate.name().equals(input.name()))
            .findFirst()
            .orElseThrow(
                () ->
                    invalid("inputs are " + names() + ", got: " + Parameters.shown(input.name())));
    input.expectDatatype(InferRequest.FP32);
    int count = count(spec, input);
    float[] all =
        switch (input.data()) {
          case TensorData.Floats(float[] values) -> values;
          case TensorData.Raw(ByteBuffer raw) -> RawTensors.floats(input, raw, count);
          case TensorData.Texts texts -> throw input.invalid("must hold numbers, got strings");
          case TensorData.Absent absent -> throw input.invalid("has no data");
          case TensorData.Unreadable(String why) -> throw input.invalid(why);
        };
    if (all.length != count) {
      throw input.invalid("expected " + count + " elements, got " + all.length);
    }
    Values values = new Values(all, Math.toIntExact(input.shape().getFirst()));
    if (found.put(input.name(), values) != null) {
      throw input.invalid("stands twice in the request");
    }
  }

  /** The examples of the request, each with its part of every input. */
  List<Example> examples() {
    if (!found.keySet().equals(Set.copyOf(names()))) {
      throw invalid("expected the inputs " + names() + ", got " + found.keySet());
    }
    int count = found.values().iterator().next().examples();
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<float[]> values = new ArrayList<>();
      for (TensorSpec spec : specs) {
        Values input = Objects.requireNonNull(found.get(spec.name()));
        if (input.examples() != count) {
          throw invalid("the inputs " + names() + " hold different numbers of examples");
        }
        int row = input.all().length / count;
        values.add(Arrays.copyOfRange(input.all(), i * row, (i + 1) * row));
      }
      examples.add(example(values));
    }
    return examples;
  }

  private Example example(List<float[]> values) {
    try {
      return new Example.OfTensors(TensorInput.of(specs, values));
    } catch (IllegalArgumentException e) {
      throw new DiffstreamException(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()), e);
    }
  }

  /** The number of values of a shape [n, one example's dimensions]. */
  private int count(TensorSpec spec, InputTensor input) {
    List<Long> shape = input.shape();
    boolean right = shape.size() == spec.shape().size() + 1;
    long count = 1;
    for (int i = 0; right && i < shape.size(); i++) {
      int expected = i == 0 ? TensorSpec.VARIES : spec.shape().get(i - 1);
      long actual = shape.get(i);
      right =
          actual >= 1
              && actual <= Integer.MAX_VALUE
              && (expected == TensorSpec.VARIES || actual == expected);
      count = Math.min(count * Math.max(actual, 1), Integer.MAX_VALUE);
    }
    if (!right) {
      throw input.invalid(
          "must have shape [n] and then " + spec.shape() + ", got: " + input.shownShape());
    }
    if (shape.getFirst() > max) {
      throw invalid("a request holds 1 to " + max + " examples, got " + shape.getFirst());
    }
    return (int) count;
  }

  private List<String> names() {
    return specs.stream().map(TensorSpec::name).toList();
  }

  private static DiffstreamException invalid(String message) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, message);
  }
}
