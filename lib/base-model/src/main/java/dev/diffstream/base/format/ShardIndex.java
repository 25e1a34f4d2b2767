package dev.diffstream.base.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Reads {@code model.safetensors.index.json}, which says in which file each tensor of a model lies
 * whose weights are spread over several:
 *
 * <pre>
 * {"weight_map": {"embeddings.LayerNorm.bias": "model-00001-of-00002.safetensors", …}}
 * </pre>
 */
public final class ShardIndex {
  /** The file's name. */
  public static final String FILE = "model.safetensors.index.json";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_FILES = 1000;

  /** A plain name: an index must not lead out of the base's directory. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,199}");

  private ShardIndex() {}

  /**
   * The files that hold the weights, each once, in ascending order.
   *
   * @throws IOException if the index is not of this form
   */
  public static List<String> files(byte[] json) throws IOException {
    JsonNode map = JSON.readTree(json).path("weight_map");
    if (!map.isObject() || map.isEmpty()) {
      throw new IOException("weight_map is no object of tensors and their files");
    }
    SortedSet<String> files = new TreeSet<>();
    for (JsonNode file : map) {
      if (!file.isTextual() || !NAME.matcher(file.textValue()).matches()) {
        throw new IOException("weight_map names a file that is no plain file name");
      }
      files.add(file.textValue());
    }
    if (files.size() > MAX_FILES) {
      throw new IOException(
          "weight_map names %d files, expected at most %d".formatted(files.size(), MAX_FILES));
    }
    return List.copyOf(files);
  }
}
