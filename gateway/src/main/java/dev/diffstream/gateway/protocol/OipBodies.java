package dev.diffstream.gateway.protocol;

import dev.diffstream.base.input.TensorSpec;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.output.OutputTensor;
import dev.diffstream.gateway.output.TaskOutputs;
import dev.diffstream.gateway.output.TensorMetadata;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.json.Json;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the Open Inference Protocol answers: the JSON bodies of REST; gRPC tells the same. */
public final class OipBodies {
  private OipBodies() {}

  public record Live(boolean live) {}

  /**
   * @param degraded how much could not be read or loaded; absent if nothing
   */
  public record Ready(boolean ready, boolean live, @Nullable Integer degraded) {}

  public record ModelReady(String name, boolean ready) {}

  public record Server(String name, String version, List<String> extensions) {}

  /** What this server says of itself. */
  public static final Server SERVER =
      new Server(
          "diffstream",
          "0.1.0",
          List.of("binary_tensor_data", "model_repository", "model_configuration", "statistics"));

  public record Models(List<String> models) {}

  public record IndexEntry(String name, String version, String state, String reason) {}

  public record ModelMetadata(
      String name,
      List<String> versions,
      String platform,
      List<TensorMetadata> inputs,
      List<TensorMetadata> outputs,
      Map<String, String> properties) {}

  public record InferResponse(
      String model_name,
      String model_version,
      @Nullable String id,
      Map<String, Object> parameters,
      List<?> outputs) {}

  public record Failure(String error) {}

  /**
   * @param versions that can be asked, the one that serves first
   * @param tensors what the base takes in place of texts; none: texts
   * @param computing how it computes, by name
   */
  public static ModelMetadata metadata(
      ResidentDiff diff,
      List<Long> versions,
      List<TensorSpec> tensors,
      Map<String, String> computing) {
    DiffMetadata metadata = diff.metadata();
    List<TensorMetadata> inputs = inputs(metadata, tensors);
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("version", Long.toString(diff.version()));
    properties.put("digest", diff.digest());
    properties.put("base_digest", metadata.baseDigest());
    properties.put("labels", Json.writeText(metadata.labels()));
    properties.put("objective", metadata.objective().text());
    properties.put("base_name", metadata.baseName());
    properties.put("max_tokens", Integer.toString(metadata.maxTokens()));
    if (metadata.objective().pairs()) {
      properties.put("pair_encoding", metadata.pairs().text());
    }
    properties.putAll(computing);
    return new ModelMetadata(
        diff.taskId(),
        versions.stream().map(String::valueOf).toList(),
        "diffstream",
        inputs,
        TaskOutputs.metadata(metadata),
        properties);
  }

  private static List<TensorMetadata> inputs(DiffMetadata metadata, List<TensorSpec> tensors) {
    List<TensorMetadata> inputs = new ArrayList<>();
    for (TensorSpec tensor : tensors) {
      List<Integer> shape = new ArrayList<>(List.of(-1));
      shape.addAll(tensor.shape());
      inputs.add(new TensorMetadata(tensor.name(), "FP32", shape));
    }
    if (tensors.isEmpty()) {
      inputs.add(new TensorMetadata(TextInputs.TEXT, "BYTES", TextInputs.SHAPE));
    }
    if (metadata.objective().pairs()) {
      inputs.add(new TensorMetadata(TextInputs.TEXT_PAIR, "BYTES", TextInputs.SHAPE));
    }
    return inputs;
  }

  /** Answers in JSON, with raw bytes behind it where the request asks for them. */
  public static InferAnswer answer(InferResult result) {
    RequestedOutputs requested = result.request().requested();
    ByteArrayOutputStream raw = new ByteArrayOutputStream();
    List<Object> outputs = new ArrayList<>();
    for (OutputTensor output : result.outputs()) {
      outputs.add(requested.asBinary(output.name()) ? RawOutput.append(output, raw) : output);
    }
    InferResponse head =
        new InferResponse(
            result.diff().taskId(),
            Long.toString(result.diff().version()),
            result.request().id(),
            result.parameters(),
            outputs);
    return InferAnswer.of(Json.writeUnsorted(head), raw.toByteArray());
  }

  /** Names of all outputs of a task. */
  public static List<String> outputNames(ResidentDiff diff) {
    return TaskOutputs.metadata(diff.metadata()).stream().map(TensorMetadata::name).toList();
  }
}
