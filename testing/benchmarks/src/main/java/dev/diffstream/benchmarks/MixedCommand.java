package dev.diffstream.benchmarks;

import dev.diffstream.base.Base;
import dev.diffstream.base.BaseChoice;
import dev.diffstream.base.engine.Compute;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.benchmarks.mixed.MixedTimes;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Texts of many tasks in one batch. */
@Command(
    name = "mixed",
    mixinStandardHelpOptions = true,
    description = {
      "A batch of texts of 8 to 32 tokens, each of another task with a diff of 0.5 %, against the same texts of one task, text by text with each diff put in place, and one padded batch of one task by the engine.",
      "Answers are compared with those in place first. One process, without queue and HTTP."
    })
final class MixedCommand implements Callable<Integer> {
  @Option(
      names = "--base",
      description = "minilm, or a directory in Hugging Face layout. Default: ${DEFAULT-VALUE}")
  private String baseName = "minilm";

  @Option(
      names = "--tasks",
      paramLabel = "N",
      description = "Texts of a batch, each of a task of its own. Default: ${DEFAULT-VALUE}")
  private int tasks = 16;

  @Option(
      names = "--compute",
      description =
          "Format of mixed and packed products: fp32 or bf16. Answers in bf16 may differ by a tenth. Default: ${DEFAULT-VALUE}")
  private String compute = "fp32";

  @Option(names = "--rounds", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}")
  private int rounds = 60;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the report there.")
  private @Nullable Path json;

  /** What is printed. */
  record Report(String base, Machine machine, MixedTimes.Report batch) {}

  @Override
  public Integer call() {
    if (tasks < 2 || rounds < 1) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST, "--tasks must be at least 2 and --rounds at least 1");
    }
    ReportFile file = new ReportFile(json);
    file.expectWritable();
    TensorEngine.useThreads(1);
    try (Base base = BaseChoice.local(baseName)) {
      int threads = Runtime.getRuntime().availableProcessors();
      Report report =
          new Report(
              base.name(),
              Machine.here(),
              MixedTimes.measure(base, threads, format(), tasks, rounds));
      System.out.println(Json.writeText(report));
      file.write(report);
    }
    return 0;
  }

  private Compute format() {
    return switch (compute) {
      case "fp32" -> Compute.FP32;
      case "bf16" -> Compute.BF16;
      default ->
          throw new DiffstreamException(
              ErrorCode.INVALID_REQUEST, "--compute must be fp32 or bf16, got: " + compute);
    };
  }
}
