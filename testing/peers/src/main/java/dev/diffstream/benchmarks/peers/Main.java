package dev.diffstream.benchmarks.peers;

import ai.onnxruntime.OrtException;
import dev.diffstream.base.Base;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code diffstream bench peers}. */
@Command(
    name = "peers",
    mixinStandardHelpOptions = true,
    description = {
      "A batch of 16 texts of 8 to 32 tokens over MiniLM, here and in other programs on as many threads: of one task in ONNX Runtime and PyTorch, of many tasks with adapters of PEFT and ONNX Runtime. The best of the ways of each counts.",
      "The answers are compared first."
    })
final class Main implements Callable<Integer> {
  @Option(names = "--rounds", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}")
  private int rounds = 60;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the report there.")
  private @Nullable Path json;

  /** What is printed. */
  record Report(PeerTimes.Report peers) {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main());
  }

  @Override
  public Integer call() throws OrtException, IOException {
    try (Base base = Base.miniLm()) {
      int threads = Runtime.getRuntime().availableProcessors();
      String report = Json.writeText(new Report(PeerTimes.measure(base, threads, rounds)));
      System.out.println(report);
      if (json != null) {
        Files.writeString(json, report + "\n");
      }
    }
    return 0;
  }
}
