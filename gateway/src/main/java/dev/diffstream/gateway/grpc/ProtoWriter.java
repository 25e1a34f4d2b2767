package dev.diffstream.gateway.grpc;

import com.google.protobuf.ByteString;
import dev.diffstream.gateway.output.OutputTensor;
import dev.diffstream.gateway.output.TensorMetadata;
import dev.diffstream.gateway.protocol.InferResult;
import dev.diffstream.gateway.protocol.OipBodies;
import dev.diffstream.gateway.protocol.RawTensors;
import dev.diffstream.schemas.json.Json;
import inference.InferParameter;
import inference.ModelInferResponse;
import inference.ModelInferResponse.InferOutputTensor;
import inference.ModelMetadataResponse;
import inference.RepositoryIndexResponse;
import inference.ServerMetadataResponse;
import java.io.ByteArrayOutputStream;
import java.util.List;

/** The messages of answers; what they say is what the JSON bodies say. */
final class ProtoWriter {
  private ProtoWriter() {}

  /** Outputs are raw, as those of Triton are: its client reads no others. */
  static ModelInferResponse answer(InferResult result) {
    ModelInferResponse.Builder answer =
        ModelInferResponse.newBuilder()
            .setModelName(result.diff().taskId())
            .setModelVersion(Long.toString(result.diff().version()));
    if (result.request().id() != null) {
      answer.setId(result.request().id());
    }
    result.parameters().forEach((name, value) -> answer.putParameters(name, parameter(value)));
    for (OutputTensor output : result.outputs()) {
      ByteArrayOutputStream raw = new ByteArrayOutputStream();
      RawTensors.append(output, raw);
      answer.addRawOutputContents(ByteString.copyFrom(raw.toByteArray()));
      answer.addOutputs(
          InferOutputTensor.newBuilder()
              .setName(output.name())
              .setDatatype(output.datatype())
              .addAllShape(longs(output.shape())));
    }
    return answer.build();
  }

  static ModelMetadataResponse metadata(OipBodies.ModelMetadata metadata) {
    ModelMetadataResponse.Builder answer =
        ModelMetadataResponse.newBuilder()
            .setName(metadata.name())
            .addAllVersions(metadata.versions())
            .setPlatform(metadata.platform());
    metadata.inputs().forEach(tensor -> answer.addInputs(tensor(tensor)));
    metadata.outputs().forEach(tensor -> answer.addOutputs(tensor(tensor)));
    metadata.properties().forEach((name, value) -> answer.putParameters(name, parameter(value)));
    return answer.build();
  }

  static ServerMetadataResponse server(OipBodies.Server server) {
    return ServerMetadataResponse.newBuilder()
        .setName(server.name())
        .setVersion(server.version())
        .addAllExtensions(server.extensions())
        .build();
  }

  static RepositoryIndexResponse index(List<OipBodies.IndexEntry> entries) {
    RepositoryIndexResponse.Builder answer = RepositoryIndexResponse.newBuilder();
    for (OipBodies.IndexEntry entry : entries) {
      answer.addModels(
          RepositoryIndexResponse.ModelIndex.newBuilder()
              .setName(entry.name())
              .setVersion(entry.version())
              .setState(entry.state())
              .setReason(entry.reason()));
    }
    return answer.build();
  }

  private static ModelMetadataResponse.TensorMetadata tensor(TensorMetadata tensor) {
    return ModelMetadataResponse.TensorMetadata.newBuilder()
        .setName(tensor.name())
        .setDatatype(tensor.datatype())
        .addAllShape(longs(tensor.shape()))
        .build();
  }

  private static List<Long> longs(List<Integer> shape) {
    return shape.stream().map(Integer::longValue).toList();
  }

  /** A parameter is a scalar; a list is its JSON. */
  private static InferParameter parameter(Object value) {
    InferParameter.Builder parameter = InferParameter.newBuilder();
    return switch (value) {
      case Boolean flag -> parameter.setBoolParam(flag).build();
      case Number number -> parameter.setInt64Param(number.longValue()).build();
      case String text -> parameter.setStringParam(text).build();
      default -> parameter.setStringParam(Json.writeText(value)).build();
    };
  }
}
