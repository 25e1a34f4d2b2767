package dev.diffstream.gateway;

import dev.diffstream.base.TensorSpec;
import dev.diffstream.schemas.Json;
import dev.diffstream.schemas.diff.DiffMetadata;
import dev.diffstream.schemas.event.Objective;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The bodies of Open Inference Protocol answers. */
final class OipBodies {
  private OipBodies() {}

  record Live(boolean live) {}

  record Ready(boolean ready, boolean live) {}

  record ModelReady(String name, boolean ready) {}

  record Server(String name, String version, List<String> extensions) {}

  record Models(List<String> models) {}

  record IndexEntry(String name, String version, String state, String reason) {}

  record TensorMetadata(String name, String datatype, List<Integer> shape) {}

  record ModelMetadata(
      String name,
      List<String> versions,
      String platform,
      List<TensorMetadata> inputs,
      List<TensorMetadata> outputs,
      Map<String, String> properties) {}

  record Output(String name, String datatype, List<Integer> shape, List<?> data) {}

  record InferResponse(
      String model_name,
      String model_version,
      @Nullable String id,
      Map<String, Object> parameters,
      List<Output> outputs) {}

  record Failure(String error) {}

  /**
   * @param tensors what the base takes in place of texts; none: texts
   */
  static ModelMetadata metadata(ResidentDiff diff, List<TensorSpec> tensors) {
    DiffMetadata metadata = diff.metadata();
    List<TensorMetadata> inputs = inputs(metadata, tensors);
    List<TensorMetadata> outputs =
        metadata.objective().real()
            ? List.of(new TensorMetadata("score", "FP32", List.of(-1)))
            : List.of(
                new TensorMetadata("label", "BYTES", List.of(-1)),
                new TensorMetadata("scores", "FP32", List.of(-1, metadata.labels().size())));
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("version", Long.toString(diff.version()));
    properties.put("digest", diff.digest());
    properties.put("base_digest", metadata.baseDigest());
    properties.put("labels", Json.writeText(metadata.labels()));
    properties.put("objective", metadata.objective().text());
    properties.put("base_name", metadata.baseName());
    properties.put("max_tokens", Integer.toString(metadata.maxTokens()));
    return new ModelMetadata(
        diff.taskId(),
        List.of(Long.toString(diff.version())),
        "diffstream",
        inputs,
        outputs,
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
      inputs.add(new TensorMetadata(InferRequest.TEXT, "BYTES", List.of(-1)));
    }
    if (metadata.objective().pairs()) {
      inputs.add(new TensorMetadata(InferRequest.TEXT_PAIR, "BYTES", List.of(-1)));
    }
    return inputs;
  }

  static InferResponse answer(ResidentDiff diff, InferRequest request, float[][] logits) {
    List<Output> outputs = new ArrayList<>();
    Objective objective = diff.metadata().objective();
    if (objective.real()) {
      outputs.add(score(logits));
    } else {
      outputs.add(label(logits, diff.metadata().labels()));
      outputs.add(scores(logits));
    }
    Set<String> asked = request.outputs();
    if (!asked.isEmpty()) {
      outputs.removeIf(output -> !asked.contains(output.name()));
    }
    return new InferResponse(
        diff.taskId(), Long.toString(diff.version()), request.id(), parameters(diff), outputs);
  }

  /** Names of all outputs of a task. */
  static List<String> outputNames(ResidentDiff diff) {
    return diff.metadata().objective().real() ? List.of("score") : List.of("label", "scores");
  }

  /** What proves which diff answered, and the order of its scores. */
  private static Map<String, Object> parameters(ResidentDiff diff) {
    Map<String, Object> parameters = new LinkedHashMap<>();
    parameters.put("version", diff.version());
    parameters.put("digest", diff.digest());
    parameters.put("base_digest", diff.metadata().baseDigest());
    parameters.put("labels", diff.metadata().labels());
    return parameters;
  }

  private static Output score(float[][] logits) {
    List<Float> data = new ArrayList<>();
    for (float[] row : logits) {
      data.add(row[0]);
    }
    return new Output("score", "FP32", List.of(logits.length), data);
  }

  private static Output label(float[][] logits, List<String> labels) {
    List<String> data = new ArrayList<>();
    for (float[] row : logits) {
      int best = 0;
      for (int i = 1; i < row.length; i++) {
        best = row[i] > row[best] ? i : best;
      }
      data.add(labels.get(best));
    }
    return new Output("label", "BYTES", List.of(logits.length), data);
  }

  private static Output scores(float[][] logits) {
    List<Float> data = new ArrayList<>();
    for (float[] row : logits) {
      for (float share : softmax(row)) {
        data.add(share);
      }
    }
    return new Output("scores", "FP32", List.of(logits.length, logits[0].length), data);
  }

  /** Computed in double, rounded once. */
  static float[] softmax(float[] logits) {
    double most = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      most = Math.max(most, logit);
    }
    double[] powers = new double[logits.length];
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      powers[i] = StrictMath.exp(logits[i] - most);
      sum += powers[i];
    }
    float[] shares = new float[logits.length];
    for (int i = 0; i < logits.length; i++) {
      shares[i] = (float) (powers[i] / sum);
    }
    return shares;
  }
}
