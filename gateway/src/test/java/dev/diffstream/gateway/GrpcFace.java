package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.diffstream.gateway.protocol.InferResult;
import inference.InferParameter;
import inference.InferTensorContents;
import inference.ModelInferRequest;
import inference.ModelInferRequest.InferInputTensor;
import inference.ModelInferRequest.InferRequestedOutputTensor;
import inference.ModelInferResponse;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * gRPC, with typed or with raw contents.
 *
 * @param raw whether inputs are raw
 */
record GrpcFace(TinyGateway gateway, boolean raw) implements Face {
  @Override
  public Reply infer(Ask ask) {
    AtomicReference<Metadata> headers = new AtomicReference<>();
    try {
      ModelInferResponse answer =
          gateway
              .grpc()
              .withInterceptors(
                  MetadataUtils.newCaptureMetadataInterceptor(headers, new AtomicReference<>()))
              .modelInfer(message(ask));
      return reply(answer, Objects.requireNonNull(headers.get()));
    } catch (StatusRuntimeException e) {
      Reply refusal = Reply.refusal(String.valueOf(e.getStatus().getDescription()));
      Metadata trailers = Objects.requireNonNull(e.getTrailers());
      assertThat(text(trailers, "diffstream-error-code")).isEqualTo(refusal.code());
      return refusal;
    }
  }

  static String text(Metadata metadata, String name) {
    return String.valueOf(metadata.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER)));
  }

  private ModelInferRequest message(Ask ask) {
    ModelInferRequest.Builder message =
        ModelInferRequest.newBuilder()
            .setModelName(ask.task())
            .setModelVersion(ask.version())
            .setId(ask.id())
            .putAllParameters(parameters(ask.parameters()));
    for (Ask.Input input : ask.inputs()) {
      message.addInputs(input(input));
      if (raw && input.hasData()) {
        message.addRawInputContents(ByteString.copyFrom(RestFace.bytes(input.data())));
      }
    }
    for (Ask.Output output : ask.outputs()) {
      message.addOutputs(
          InferRequestedOutputTensor.newBuilder()
              .setName(output.name())
              .putAllParameters(parameters(output.parameters())));
    }
    return message.build();
  }

  private InferInputTensor.Builder input(Ask.Input input) {
    InferInputTensor.Builder message =
        InferInputTensor.newBuilder()
            .setName(input.name())
            .setDatatype(input.datatype())
            .addAllShape(input.shape())
            .putAllParameters(parameters(input.parameters()));
    if (raw || !input.hasData()) {
      return message;
    }
    InferTensorContents.Builder contents = InferTensorContents.newBuilder();
    for (Object element : input.data()) {
      if (element instanceof String text) {
        contents.addBytesContents(ByteString.copyFromUtf8(text));
      } else {
        contents.addFp32Contents((Float) element);
      }
    }
    return message.setContents(contents);
  }

  private static Map<String, InferParameter> parameters(Map<String, Object> values) {
    Map<String, InferParameter> parameters = new LinkedHashMap<>();
    values.forEach(
        (name, value) -> {
          InferParameter.Builder parameter = InferParameter.newBuilder();
          switch (value) {
            case Boolean flag -> parameter.setBoolParam(flag);
            case Number number -> parameter.setInt64Param(number.longValue());
            default -> parameter.setStringParam((String) value);
          }
          parameters.put(name, parameter.build());
        });
    return parameters;
  }

  private static Reply reply(ModelInferResponse answer, Metadata headers) {
    Map<String, List<Object>> outputs = new LinkedHashMap<>();
    for (int i = 0; i < answer.getOutputsCount(); i++) {
      List<Object> elements = new ArrayList<>();
      elements.add(answer.getOutputs(i).getDatatype());
      elements.add(answer.getOutputs(i).getShapeList().toString().replace(" ", ""));
      elements.addAll(Messages.elements(answer, i));
      outputs.put(answer.getOutputs(i).getName(), elements);
      assertThat(answer.getOutputs(i).hasContents()).isFalse();
    }
    Map<String, Object> proof = new TreeMap<>();
    for (String header :
        List.of(InferResult.VERSION_HEADER, InferResult.DIGEST_HEADER, InferResult.ALIAS_HEADER)) {
      proof.put(header, text(headers, header));
    }
    proof.put("model", answer.getModelName() + answer.getModelVersion());
    answer.getParametersMap().forEach((name, value) -> proof.put(name, text(value)));
    return new Reply("OK", "", answer.getId(), outputs, proof);
  }

  private static String text(InferParameter parameter) {
    return switch (parameter.getParameterChoiceCase()) {
      case BOOL_PARAM -> Boolean.toString(parameter.getBoolParam());
      case INT64_PARAM -> Long.toString(parameter.getInt64Param());
      default -> parameter.getStringParam();
    };
  }
}
