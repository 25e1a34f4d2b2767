package dev.diffstream.gateway.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An inference request as it was sent, whichever protocol carried it: JSON, JSON with raw tensors,
 * or gRPC. {@link InferRequest#of} checks it.
 *
 * @param id echoed in the answer; null for none
 * @param outputs those that are asked for; none: all
 */
public record InferMessage(
    @Nullable String id, Parameters parameters, List<InputTensor> inputs, List<Output> outputs) {
  /** An output that is asked for. */
  public record Output(String name, Parameters parameters) {}

  public InferMessage {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }
}
