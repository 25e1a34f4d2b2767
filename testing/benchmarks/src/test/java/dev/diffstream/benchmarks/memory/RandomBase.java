package dev.diffstream.benchmarks.memory;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.base.architecture.EncoderTensors;
import dev.diffstream.base.format.EncoderConfig;
import dev.diffstream.schemas.json.Json;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** A base of random weights with a wide feed-forward layer: many parameters, quick passes. */
final class RandomBase {
  private static final Path TINY =
      Path.of("../../trainer-worker/src/test/resources/tiny-bert").toAbsolutePath();

  private RandomBase() {}

  /**
   * Writes it in Hugging Face layout.
   *
   * @param intermediate width of the feed-forward layers
   */
  static void write(Path directory, int hidden, int intermediate) throws IOException {
    ObjectNode config =
        (ObjectNode) Json.parse(Files.readAllBytes(TINY.resolve("config.json")), "config.json");
    config.put("hidden_size", hidden).put("intermediate_size", intermediate);
    byte[] bytes = Json.writeText(config).getBytes(StandardCharsets.UTF_8);
    Files.write(directory.resolve("config.json"), bytes);
    Files.copy(TINY.resolve("tokenizer.json"), directory.resolve("tokenizer.json"));
    SortedMap<String, List<Integer>> shapes = EncoderTensors.shapes(EncoderConfig.parse(bytes));
    try (DataOutputStream out =
        new DataOutputStream(Files.newOutputStream(directory.resolve("model.safetensors")))) {
      byte[] header = header(shapes);
      out.writeLong(Long.reverseBytes(header.length));
      out.write(header);
      Random random = new Random(5);
      for (List<Integer> shape : shapes.values()) {
        out.write(values(size(shape), random));
      }
    }
  }

  private static byte[] header(SortedMap<String, List<Integer>> shapes) {
    Map<String, Object> header = new TreeMap<>();
    long at = 0;
    for (Map.Entry<String, List<Integer>> tensor : shapes.entrySet()) {
      long end = at + (long) size(tensor.getValue()) * Float.BYTES;
      header.put(
          tensor.getKey(),
          Map.of("dtype", "F32", "shape", tensor.getValue(), "data_offsets", List.of(at, end)));
      at = end;
    }
    return Json.writeText(header).getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] values(int count, Random random) {
    ByteBuffer bytes = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      bytes.putFloat(0.04f * (random.nextFloat() - 0.5f));
    }
    return bytes.array();
  }

  private static int size(List<Integer> shape) {
    return shape.stream().reduce(1, Math::multiplyExact);
  }
}
