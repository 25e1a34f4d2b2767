package dev.diffstream.base.format;

import static dev.diffstream.base.format.ProtobufReader.LENGTH;
import static dev.diffstream.base.format.ProtobufReader.VARINT;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the weights of a BERT encoder that PyTorch exported to ONNX: initialisers with canonical
 * names as they are; those of matrix products, which the export names {@code onnx::MatMul_1234} and
 * transposes, by the node that multiplies with them: {@code
 * /encoder/layer.0/attention/self/query/MatMul} has the {@code
 * encoder.layer.0.attention.self.query.weight}.
 *
 * <p>The file is read once, front to back; at most one tensor is held besides the parameters. In
 * such files the nodes stand before the initialisers.
 */
public final class OnnxReader {
  private static final int MODEL_GRAPH = 7 << 3 | LENGTH;
  private static final int GRAPH_NODE = 1 << 3 | LENGTH;
  private static final int GRAPH_INITIALIZER = 5 << 3 | LENGTH;
  private static final int NODE_INPUT = 1 << 3 | LENGTH;
  private static final int NODE_NAME = 3 << 3 | LENGTH;
  private static final int NODE_TYPE = 4 << 3 | LENGTH;
  private static final int TENSOR_DIM = 1 << 3 | VARINT;
  private static final int TENSOR_DIMS = 1 << 3 | LENGTH;
  private static final int TENSOR_TYPE = 2 << 3 | VARINT;
  private static final int TENSOR_NAME = 8 << 3 | LENGTH;
  private static final int TENSOR_RAW = 9 << 3 | LENGTH;
  private static final int FLOAT = 1;

  private final ParameterMemory memory;
  private final Map<String, String> matrixNames = new HashMap<>();

  private OnnxReader(ParameterMemory memory) {
    this.memory = memory;
  }

  /** Reads a whole model file; closes nothing. */
  public static void read(InputStream in, ParameterMemory memory) throws IOException {
    ProtobufReader model = new ProtobufReader(in);
    OnnxReader reader = new OnnxReader(memory);
    for (int tag = model.tagOrEnd(); tag >= 0; tag = model.tagOrEnd()) {
      if (tag == MODEL_GRAPH) {
        reader.graph(model);
      } else {
        model.skip(tag);
      }
    }
  }

  private void graph(ProtobufReader graph) throws IOException {
    int length = graph.length();
    long end = graph.position() + length;
    while (graph.position() < end) {
      int tag = graph.tag();
      switch (tag) {
        case GRAPH_NODE -> node(graph.bytes(graph.length()));
        case GRAPH_INITIALIZER -> initializer(graph.bytes(graph.length()));
        default -> graph.skip(tag);
      }
    }
  }

  private void node(byte[] message) throws IOException {
    ProtobufReader node = new ProtobufReader(new ByteArrayInputStream(message));
    List<String> inputs = new ArrayList<>();
    String name = "";
    String type = "";
    for (int tag = node.tagOrEnd(); tag >= 0; tag = node.tagOrEnd()) {
      switch (tag) {
        case NODE_INPUT -> inputs.add(text(node));
        case NODE_NAME -> name = text(node);
        case NODE_TYPE -> type = text(node);
        default -> node.skip(tag);
      }
    }
    if (type.equals("MatMul") && inputs.size() == 2 && name.endsWith("/MatMul")) {
      String path = name.substring(1, name.length() - "/MatMul".length());
      matrixNames.put(inputs.get(1), path.replace('/', '.') + ".weight");
    }
  }

  private void initializer(byte[] message) throws IOException {
    ProtobufReader tensor = new ProtobufReader(new ByteArrayInputStream(message));
    List<Integer> shape = new ArrayList<>();
    String name = "";
    long type = 0;
    ByteBuffer raw = ByteBuffer.allocate(0);
    for (int tag = tensor.tagOrEnd(); tag >= 0; tag = tensor.tagOrEnd()) {
      switch (tag) {
        case TENSOR_DIM -> shape.add(Math.toIntExact(tensor.varint()));
        case TENSOR_DIMS -> dims(tensor, shape);
        case TENSOR_TYPE -> type = tensor.varint();
        case TENSOR_NAME -> name = text(tensor);
        case TENSOR_RAW -> {
          int length = tensor.length();
          raw = ByteBuffer.wrap(message, (int) tensor.position(), length);
          tensor.bytes(length);
        }
        default -> tensor.skip(tag);
      }
    }
    if (type == FLOAT && raw.hasRemaining()) {
      write(name, shape, raw.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer());
    }
  }

  private void write(String name, List<Integer> shape, FloatBuffer values) throws IOException {
    if (values.remaining() != ParameterMemory.size(shape)) {
      throw new IOException(
          "%s has %d values, expected shape %s".formatted(name, values.remaining(), shape));
    }
    String matrix = matrixNames.get(name);
    if (matrix != null && shape.size() == 2) {
      int rows = shape.get(1);
      int columns = shape.get(0);
      transpose(values, memory.bufferOf(matrix, List.of(rows, columns)), rows, columns);
    } else if (name.startsWith("embeddings.") || name.startsWith("encoder.")) {
      memory.bufferOf(name, shape).put(values);
    }
  }

  private static void transpose(FloatBuffer from, FloatBuffer to, int rows, int columns) {
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        to.put(row * columns + column, from.get(column * rows + row));
      }
    }
  }

  private static void dims(ProtobufReader tensor, List<Integer> shape) throws IOException {
    int length = tensor.length();
    long end = tensor.position() + length;
    while (tensor.position() < end) {
      shape.add(Math.toIntExact(tensor.varint()));
    }
  }

  private static String text(ProtobufReader reader) throws IOException {
    return new String(reader.bytes(reader.length()), StandardCharsets.UTF_8);
  }
}
