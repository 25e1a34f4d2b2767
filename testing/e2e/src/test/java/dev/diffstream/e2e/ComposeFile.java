package dev.diffstream.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.Yaml;

/** docker-compose.yml as compose reads it: anchors and merges resolved, variables replaced. */
final class ComposeFile {
  private static final Pattern VARIABLE =
      Pattern.compile("\\$\\{([A-Z0-9_]+)(?:(:-|:\\?)([^}]*))?}");

  private final Map<String, Object> root;

  /**
   * @param variables those of an {@code .env} file
   */
  ComposeFile(Path file, Map<String, String> variables) throws IOException {
    root = map(new Yaml().load(replaced(Files.readString(file), variables)));
  }

  /** The lines {@code NAME=value} of an {@code .env} file. */
  static Map<String, String> variables(Path file) throws IOException {
    Map<String, String> variables = new LinkedHashMap<>();
    for (String line : Files.readAllLines(file)) {
      if (!line.isBlank() && !line.startsWith("#")) {
        variables.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
      }
    }
    return variables;
  }

  private static String replaced(String text, Map<String, String> variables) {
    return VARIABLE
        .matcher(text)
        .replaceAll(
            match -> {
              String value = variables.get(match.group(1));
              if (value == null && !":-".equals(match.group(2))) {
                throw new AssertionError(
                    "compose would refuse: " + match.group(1) + " is not set: " + match.group(3));
              }
              return Matcher.quoteReplacement(value == null ? match.group(3) : value);
            });
  }

  Map<String, Object> services() {
    return map(root.get("services"));
  }

  Map<String, Object> service(String name) {
    return map(services().get(name));
  }

  Map<String, Object> volumes() {
    return map(root.get("volumes"));
  }

  /** The services that this project builds. */
  List<String> own() {
    return services().keySet().stream().filter(name -> service(name).containsKey("build")).toList();
  }

  Map<String, String> environment(String service) {
    Map<String, String> environment = new LinkedHashMap<>();
    map(service(service).get("environment"))
        .forEach((name, value) -> environment.put(name, String.valueOf(value)));
    return environment;
  }

  String module(String service) {
    return String.valueOf(map(map(service(service).get("build")).get("args")).get("MODULE"));
  }

  /** What follows the image's entry point. */
  List<String> command(String service) {
    return strings(service(service).get("command"));
  }

  static List<String> strings(@org.jspecify.annotations.Nullable Object list) {
    List<String> strings = new ArrayList<>();
    if (list instanceof List<?> items) {
      items.forEach(item -> strings.add(String.valueOf(item)));
    }
    return strings;
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(@org.jspecify.annotations.Nullable Object value) {
    return value == null ? Map.of() : (Map<String, Object>) value;
  }
}
