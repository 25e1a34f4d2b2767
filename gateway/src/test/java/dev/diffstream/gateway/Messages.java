package dev.diffstream.gateway;

import com.google.protobuf.ByteString;
import dev.diffstream.gateway.protocol.InferRequest;
import inference.InferTensorContents;
import inference.ModelInferRequest;
import inference.ModelInferRequest.InferInputTensor;
import inference.ModelInferResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Messages of the gRPC face. */
final class Messages {
  private Messages() {}

  /** A request with typed contents. */
  static ModelInferRequest.Builder texts(String task, String... texts) {
    InferTensorContents.Builder contents = InferTensorContents.newBuilder();
    for (String text : texts) {
      contents.addBytesContents(ByteString.copyFromUtf8(text));
    }
    return ModelInferRequest.newBuilder()
        .setModelName(task)
        .addInputs(
            InferInputTensor.newBuilder()
                .setName("text")
                .setDatatype(InferRequest.BYTES)
                .addShape(texts.length)
                .setContents(contents));
  }

  /** The elements of an output of an answer, as a client reads them. */
  static List<Object> elements(ModelInferResponse answer, int output) {
    ByteBuffer raw =
        ByteBuffer.wrap(answer.getRawOutputContents(output).toByteArray())
            .order(ByteOrder.LITTLE_ENDIAN);
    boolean texts = answer.getOutputs(output).getDatatype().equals(InferRequest.BYTES);
    List<Object> elements = new ArrayList<>();
    while (raw.hasRemaining()) {
      if (texts) {
        byte[] bytes = new byte[raw.getInt()];
        raw.get(bytes);
        elements.add(new String(bytes, StandardCharsets.UTF_8));
      } else {
        elements.add(raw.getFloat());
      }
    }
    return elements;
  }
}
