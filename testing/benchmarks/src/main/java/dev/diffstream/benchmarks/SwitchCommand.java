package dev.diffstream.benchmarks;

import dev.diffstream.base.Base;
import dev.diffstream.base.BaseChoice;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.benchmarks.switching.SwitchTimes;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** One diff in place of another. */
@Command(
    name = "switch",
    mixinStandardHelpOptions = true,
    description = {
      "A diff of 0.5 % put in place of another on the base, against a plain loop that reads and writes as many random floats, and against fusing a LoRA adapter of rank 8 into all linear layers.",
      "Every value is compared first. One thread."
    })
final class SwitchCommand implements Callable<Integer> {
  @Option(
      names = "--base",
      description = "minilm, or a directory in Hugging Face layout. Default: ${DEFAULT-VALUE}")
  private String baseName = "minilm";

  @Option(names = "--rounds", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}")
  private int rounds = 200;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the report there.")
  private @Nullable Path json;

  /** What is printed. */
  record Report(String base, Machine machine, SwitchTimes.Report times) {}

  @Override
  public Integer call() {
    if (rounds < 1) {
      throw new DiffstreamException(ErrorCode.INVALID_REQUEST, "--rounds must be at least 1");
    }
    ReportFile file = new ReportFile(json);
    file.expectWritable();
    TensorEngine.useThreads(1);
    try (Base base = BaseChoice.local(baseName)) {
      Report report = new Report(base.name(), Machine.here(), SwitchTimes.measure(base, rounds));
      System.out.println(Json.writeText(report));
      file.write(report);
    }
    return 0;
  }
}
