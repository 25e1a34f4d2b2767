package dev.diffstream.cli;

import dev.diffstream.cli.bench.registry.RegistryBenchmark;
import dev.diffstream.cli.bench.registry.RegistryOptions;
import dev.diffstream.cli.demo.DemoFiles;
import dev.diffstream.cli.file.FigureReport;
import dev.diffstream.cli.file.OutputFile;
import dev.diffstream.embedded.MinioProcess;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A registry of very many tasks. */
@Command(
    name = "registry",
    mixinStandardHelpOptions = true,
    description = {
      "Fills a MinIO server (the program that MINIO_BINARY names) with the objects of many tasks, makes snapshot and announcements from them, starts a registry and asks it.",
      "Figures follow a check of counts, and of the aliases and the history of some tasks."
    })
final class BenchRegistryCommand implements Callable<Integer> {
  @Option(names = "--tasks", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}")
  private int tasks = 100_000;

  @Option(
      names = "--versions",
      paramLabel = "N",
      description = "Of all tasks together. Default: ${DEFAULT-VALUE}")
  private int versions = 300_000;

  @Option(
      names = "--samples",
      paramLabel = "N",
      description = "Requests of each kind. Default: ${DEFAULT-VALUE}")
  private int samples = 300;

  @Option(
      names = "--max-heap",
      paramLabel = "MIB",
      description = "Of the registry's process. Default: ${DEFAULT-VALUE}")
  private int maxHeap = 768;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there.")
  private @Nullable Path json;

  @Override
  public Integer call() throws IOException {
    if (tasks < 2 || versions < tasks || samples < 1 || maxHeap < 64) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "--tasks must be at least 2, --versions as many, --samples 1, --max-heap 64");
    }
    OutputFile.expectNoDirectory(json);
    Path minio =
        MinioProcess.binary()
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        MinioProcess.BINARY_VARIABLE + " must name a minio server"));
    Path directory = Files.createTempDirectory("diffstream-bench-");
    try {
      Map<String, Object> figures =
          new RegistryBenchmark(
                  StandaloneCommand.home(),
                  minio,
                  new RegistryOptions(tasks, versions, samples, maxHeap),
                  System.out::println)
              .run(directory);
      FigureReport.print(figures, json);
      return 0;
    } finally { // takes minutes after a large run
      DemoFiles.delete(directory);
    }
  }
}
