package dev.diffstream.gateway.protocol;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.diffstream.gateway.output.TensorMetadata;
import java.util.List;

/**
 * The model configuration extension of the protocol, as far as clients of it read: names, types and
 * sizes of one example's tensors.
 *
 * @param maxBatchSize examples of a request
 */
public record ConfigBody(
    String name,
    String platform,
    String backend,
    @JsonProperty("max_batch_size") int maxBatchSize,
    List<Tensor> input,
    List<Tensor> output) {

  /**
   * @param dims of one example
   */
  public record Tensor(
      String name, @JsonProperty("data_type") String dataType, List<Integer> dims) {
    static Tensor of(TensorMetadata tensor) {
      List<Integer> shape = tensor.shape();
      return new Tensor(
          tensor.name(),
          tensor.datatype().equals("BYTES") ? "TYPE_STRING" : "TYPE_" + tensor.datatype(),
          shape.size() == 1 ? List.of(1) : shape.subList(1, shape.size()));
    }
  }

  public static ConfigBody of(OipBodies.ModelMetadata task, int maxTexts) {
    return new ConfigBody(
        task.name(),
        task.platform(),
        task.platform(),
        maxTexts,
        task.inputs().stream().map(Tensor::of).toList(),
        task.outputs().stream().map(Tensor::of).toList());
  }
}
