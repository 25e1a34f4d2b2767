package dev.diffstream.base.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.diffstream.base.input.TensorSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A module's {@code base.json}.
 *
 * @param features width of what its {@code forward} returns for each example
 * @param heads names of parameters that are no part of the base
 */
public record ModuleConfig(String name, List<TensorSpec> inputs, int features, Pattern heads) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern NOTHING = Pattern.compile("(?!)");
  private static final int MAX_INPUTS = 16;
  private static final int MAX_FEATURES = 1 << 16;

  /**
   * @param directory the name of a base whose file gives none
   * @throws IOException if the file is not JSON
   * @throws IllegalArgumentException if it does not describe a module
   */
  public static ModuleConfig parse(String directory, byte[] json) throws IOException {
    JsonNode config = JSON.readTree(json);
    int features = config.path("features").asInt();
    if (features < 1 || features > MAX_FEATURES) {
      throw new IllegalArgumentException(
          "features is %s, expected a number from 1 to %d"
              .formatted(config.path("features"), MAX_FEATURES));
    }
    return new ModuleConfig(
        config.path("name").asText(directory),
        inputs(config.path("inputs")),
        features,
        heads(config.path("heads")));
  }

  private static List<TensorSpec> inputs(JsonNode array) {
    if (!array.isArray() || array.isEmpty() || array.size() > MAX_INPUTS) {
      throw new IllegalArgumentException(
          "inputs is %s, expected a list of 1 to %d".formatted(array, MAX_INPUTS));
    }
    List<TensorSpec> inputs = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (JsonNode input : array) {
      String name = input.path("name").asText();
      if (name.isBlank() || !names.add(name)) {
        throw new IllegalArgumentException(
            "inputs[%d].name is \"%s\", expected a name of its own".formatted(inputs.size(), name));
      }
      if (!input.path("type").asText("float32").equals("float32")) {
        throw new IllegalArgumentException(
            "input %s has type %s, supported is float32".formatted(name, input.path("type")));
      }
      inputs.add(new TensorSpec(name, shape(name, input.path("shape"))));
    }
    return inputs;
  }

  private static List<Integer> shape(String name, JsonNode array) {
    List<Integer> shape = new ArrayList<>();
    for (JsonNode dimension : array) {
      if (!dimension.isNull() && !(dimension.isIntegralNumber() && dimension.canConvertToInt())) {
        throw new IllegalArgumentException(
            "input %s has shape %s, expected whole numbers".formatted(name, array));
      }
      shape.add(dimension.isNull() ? TensorSpec.VARIES : dimension.intValue());
    }
    return shape;
  }

  private static Pattern heads(JsonNode heads) {
    try {
      if (heads.isTextual()) {
        return Pattern.compile(heads.textValue());
      }
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "heads is no regular expression: " + e.getDescription(), e);
    }
    List<String> names = new ArrayList<>();
    heads.forEach(name -> names.add(Pattern.quote(name.asText())));
    return names.isEmpty() ? NOTHING : Pattern.compile(String.join("|", names));
  }
}
