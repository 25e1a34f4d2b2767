package dev.diffstream.benchmarks.steps;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs a benchmark command in a JVM of its own, with the same class path. */
public final class ChildJvm {
  /** Always these where steps are measured. */
  static final List<String> OPTIONS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "--add-modules=jdk.incubator.vector",
          "-XX:+UseSerialGC",
          "-Xmx4g");

  private ChildJvm() {}

  /**
   * The one line of JSON that the command prints.
   *
   * @param options of the JVM
   */
  public static JsonNode run(List<String> options, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("dev.diffstream.benchmarks.Main");
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try {
      byte[] printed = process.getInputStream().readAllBytes();
      int status = process.waitFor();
      if (status != 0) {
        throw new IllegalStateException(
            String.join(" ", arguments)
                + " ended with status "
                + status
                + ": "
                + new String(printed, StandardCharsets.UTF_8));
      }
      return Json.parse(printed, String.join(" ", arguments));
    } finally {
      process.destroyForcibly();
    }
  }
}
