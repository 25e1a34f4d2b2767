package dev.diffstream.gateway.grpc;

import dev.diffstream.gateway.protocol.ConfigBody;
import dev.diffstream.gateway.protocol.StatisticsBodies;
import inference.DataType;
import inference.InferStatistics;
import inference.ModelConfig;
import inference.ModelConfigResponse;
import inference.ModelInput;
import inference.ModelOutput;
import inference.ModelStatistics;
import inference.ModelStatisticsResponse;
import inference.StatisticDuration;
import java.util.List;

/** The messages of the protocol's extensions; what they say is what the JSON bodies say. */
final class ExtensionWriter {
  private ExtensionWriter() {}

  static ModelStatisticsResponse statistics(StatisticsBodies.Models models) {
    ModelStatisticsResponse.Builder answer = ModelStatisticsResponse.newBuilder();
    for (StatisticsBodies.Model model : models.modelStats()) {
      StatisticsBodies.Durations times = model.inferenceStats();
      answer.addModelStats(
          ModelStatistics.newBuilder()
              .setName(model.name())
              .setVersion(model.version())
              .setLastInference(model.lastInference())
              .setInferenceCount(model.inferenceCount())
              .setExecutionCount(model.executionCount())
              .setInferenceStats(
                  InferStatistics.newBuilder()
                      .setSuccess(duration(times.success()))
                      .setFail(duration(times.fail()))
                      .setQueue(duration(times.queue()))
                      .setComputeInput(duration(times.computeInput()))
                      .setComputeInfer(duration(times.computeInfer()))
                      .setComputeOutput(duration(times.computeOutput()))));
    }
    return answer.build();
  }

  private static StatisticDuration duration(StatisticsBodies.Duration duration) {
    return StatisticDuration.newBuilder().setCount(duration.count()).setNs(duration.ns()).build();
  }

  static ModelConfigResponse config(ConfigBody config) {
    ModelConfig.Builder model =
        ModelConfig.newBuilder()
            .setName(config.name())
            .setPlatform(config.platform())
            .setBackend(config.backend())
            .setMaxBatchSize(config.maxBatchSize());
    for (ConfigBody.Tensor tensor : config.input()) {
      model.addInput(
          ModelInput.newBuilder()
              .setName(tensor.name())
              .setDataType(DataType.valueOf(tensor.dataType()))
              .addAllDims(longs(tensor.dims())));
    }
    for (ConfigBody.Tensor tensor : config.output()) {
      model.addOutput(
          ModelOutput.newBuilder()
              .setName(tensor.name())
              .setDataType(DataType.valueOf(tensor.dataType()))
              .addAllDims(longs(tensor.dims())));
    }
    return ModelConfigResponse.newBuilder().setConfig(model).build();
  }

  private static List<Long> longs(List<Integer> dims) {
    return dims.stream().map(Integer::longValue).toList();
  }
}
