package dev.diffstream.gateway.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.diffstream.gateway.protocol.InferMessage;
import dev.diffstream.gateway.protocol.InferRequest;
import dev.diffstream.gateway.protocol.InputTensor;
import dev.diffstream.gateway.protocol.Parameters;
import dev.diffstream.gateway.protocol.RawTensors;
import dev.diffstream.gateway.protocol.TensorData;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import inference.InferParameter;
import inference.InferTensorContents;
import inference.ModelInferRequest;
import inference.ModelInferRequest.InferInputTensor;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Reads the message of an inference request, with typed or with raw contents. */
final class ProtoReader {
  private static final String SHARED_MEMORY = "shared_memory_region";

  private ProtoReader() {}

  static InferMessage read(ModelInferRequest request) {
    List<InputTensor> inputs =
        request.getRawInputContentsCount() == 0
            ? request.getInputsList().stream().map(i -> input(i, contents(i))).toList()
            : rawInputs(request);
    List<InferMessage.Output> outputs =
        request.getOutputsList().stream()
            .map(o -> new InferMessage.Output(o.getName(), parameters(o.getParametersMap())))
            .toList();
    return new InferMessage(
        request.getId().isEmpty() ? null : request.getId(),
        parameters(request.getParametersMap()),
        inputs,
        outputs);
  }

  /** Raw contents stand in the order of the inputs, but for those in shared memory. */
  private static List<InputTensor> rawInputs(ModelInferRequest request) {
    long expected =
        request.getInputsList().stream()
            .filter(input -> !input.containsParameters(SHARED_MEMORY))
            .count();
    if (request.getRawInputContentsCount() != expected) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "expected raw_input_contents for each of the "
              + expected
              + " inputs, got "
              + request.getRawInputContentsCount());
    }
    Iterator<ByteString> raw = request.getRawInputContentsList().iterator();
    List<InputTensor> inputs = new ArrayList<>();
    for (InferInputTensor input : request.getInputsList()) {
      TensorData data =
          input.containsParameters(SHARED_MEMORY)
              ? new TensorData.Absent()
              : new TensorData.Raw(raw.next().asReadOnlyByteBuffer());
      inputs.add(input(input, input.hasContents() ? both() : data));
    }
    return inputs;
  }

  private static TensorData both() {
    return new TensorData.Unreadable(
        "has contents, but the request has raw_input_contents: expected one of them");
  }

  private static InputTensor input(InferInputTensor input, TensorData data) {
    return new InputTensor(
        input.getName(),
        input.getDatatype(),
        input.getShapeList(),
        parameters(input.getParametersMap()),
        data);
  }

  private static TensorData contents(InferInputTensor input) {
    if (!input.hasContents()) {
      return new TensorData.Absent();
    }
    InferTensorContents contents = input.getContents();
    return switch (input.getDatatype()) {
      case InferRequest.BYTES -> only("bytes_contents", contents, texts(input));
      case InferRequest.FP32 -> only("fp32_contents", contents, floats(contents));
      default -> new TensorData.Absent();
    };
  }

  private static TensorData only(String field, InferTensorContents contents, TensorData data) {
    for (FieldDescriptor set : contents.getAllFields().keySet()) {
      if (!set.getName().equals(field)) {
        return new TensorData.Unreadable(
            "must have its elements in " + field + ", got " + set.getName());
      }
    }
    return data;
  }

  private static TensorData texts(InferInputTensor input) {
    return new TensorData.Texts(
        input.getContents().getBytesContentsList().stream()
            .map(bytes -> RawTensors.text(input.getName(), bytes.asReadOnlyByteBuffer()))
            .toList());
  }

  private static TensorData floats(InferTensorContents contents) {
    float[] values = new float[contents.getFp32ContentsCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = contents.getFp32Contents(i);
    }
    return new TensorData.Floats(values);
  }

  private static Parameters parameters(Map<String, InferParameter> sent) {
    Map<String, Object> values = new HashMap<>();
    sent.forEach((name, parameter) -> values.put(name, value(parameter)));
    return new Parameters(values);
  }

  private static Object value(InferParameter parameter) {
    return switch (parameter.getParameterChoiceCase()) {
      case BOOL_PARAM -> parameter.getBoolParam();
      case INT64_PARAM -> parameter.getInt64Param();
      case STRING_PARAM -> parameter.getStringParam();
      case DOUBLE_PARAM -> parameter.getDoubleParam();
      case UINT64_PARAM -> unsigned(parameter.getUint64Param());
      case PARAMETERCHOICE_NOT_SET -> List.of();
    };
  }

  private static Object unsigned(long value) {
    return value >= 0 ? (Object) value : new BigInteger(Long.toUnsignedString(value));
  }
}
