package dev.diffstream.base;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The weights in an ONNX export of a BERT encoder, by their Hugging Face names. Most initialisers
 * keep these names; the matrices of linear layers are named {@code onnx::MatMul_*}, belong to the
 * node whose name gives the layer, and are transposed.
 */
final class OnnxWeights {
  private static final int FLOAT = 1;
  private static final String MATMUL = "/MatMul";

  private record Initializer(List<Integer> dims, ByteBuffer raw) {
    RawTensor read() {
      float[] values = new float[raw.remaining() / 4];
      raw.asFloatBuffer().get(values);
      return new RawTensor(dims, values);
    }
  }

  private final Map<String, Initializer> initializers = new HashMap<>();
  private final Map<String, String> layerOfMatrix = new HashMap<>();

  private OnnxWeights() {}

  static Map<String, RawTensor> read(ByteBuffer file) {
    OnnxWeights weights = new OnnxWeights();
    try {
      weights.model(file);
    } catch (RuntimeException e) {
      throw e instanceof DiffstreamException known
          ? known
          : new DiffstreamException(ErrorCode.BASE_UNKNOWN, "not an ONNX file: " + e, e);
    }
    return weights.named();
  }

  private Map<String, RawTensor> named() {
    Map<String, RawTensor> named = new TreeMap<>();
    initializers.forEach(
        (name, initializer) -> {
          String layer = layerOfMatrix.get(name);
          if (layer != null) {
            named.put(layer + ".weight", initializer.read().transposed());
          } else if (name.startsWith("embeddings.") || name.startsWith("encoder.")) {
            named.put(name, initializer.read());
          }
        });
    return named;
  }

  private void model(ByteBuffer file) {
    ProtobufReader model = new ProtobufReader(file);
    while (model.next()) {
      if (model.field() == 7) {
        graph(model.bytes());
      } else {
        model.skip();
      }
    }
  }

  private void graph(ByteBuffer message) {
    ProtobufReader graph = new ProtobufReader(message);
    while (graph.next()) {
      switch (graph.field()) {
        case 1 -> node(graph.bytes());
        case 5 -> initializer(graph.bytes());
        default -> graph.skip();
      }
    }
  }

  private void node(ByteBuffer message) {
    ProtobufReader node = new ProtobufReader(message);
    List<String> inputs = new ArrayList<>();
    String name = "";
    while (node.next()) {
      switch (node.field()) {
        case 1 -> inputs.add(node.text());
        case 3 -> name = node.text();
        default -> node.skip();
      }
    }
    if (name.startsWith("/encoder/") && name.endsWith(MATMUL)) {
      String layer = name.substring(1, name.length() - MATMUL.length()).replace('/', '.');
      inputs.stream()
          .filter(input -> input.startsWith("onnx::MatMul"))
          .forEach(input -> layerOfMatrix.put(input, layer));
    }
  }

  private void initializer(ByteBuffer message) {
    ProtobufReader tensor = new ProtobufReader(message);
    List<Integer> dims = new ArrayList<>();
    ByteBuffer raw = null;
    String name = "";
    long type = 0;
    while (tensor.next()) {
      switch (tensor.field()) {
        case 1 -> dims(tensor, dims);
        case 2 -> type = tensor.varint();
        case 8 -> name = tensor.text();
        case 9 -> raw = tensor.bytes();
        default -> tensor.skip();
      }
    }
    if (raw != null && type == FLOAT) {
      initializers.put(name, new Initializer(dims, raw));
    }
  }

  private static void dims(ProtobufReader tensor, List<Integer> dims) {
    if (tensor.wireType() == 0) {
      dims.add(Math.toIntExact(tensor.varint()));
      return;
    }
    ProtobufReader packed = new ProtobufReader(tensor.bytes());
    while (packed.hasRemaining()) {
      dims.add(Math.toIntExact(packed.varint()));
    }
  }
}
