package dev.diffstream.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.bench.BenchmarkJar;
import dev.diffstream.cli.bench.serve.Figures;
import dev.diffstream.cli.bench.serve.ServeOptions;
import dev.diffstream.cli.bench.serve.ServeRun;
import dev.diffstream.cli.demo.DemoFiles;
import dev.diffstream.cli.file.FigureReport;
import dev.diffstream.cli.file.OutputFile;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Many tasks served by a gateway. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    description = {
      "Starts everything on free loopback ports in a temporary directory, publishes many tasks made of a few learned diffs, and asks the gateway by clients in another process: one, ten, a hundred and all tasks in turns, by Zipf's law.",
      "Every answer is compared with that of the task's own model. Exit status 0 only if none was wrong or lost."
    })
final class BenchServeCommand implements Callable<Integer> {
  private static final List<String> OF_MIXED =
      List.of("mixedOverGrouped", "sevenTasksOverOne", "sevenUpperTasksOverOne");
  private static final List<String> OF_PEERS =
      List.of(
          "overOnnxRuntime",
          "overPyTorch",
          "overPeftSwitching",
          "overPeftMixed",
          "overOrtAdapters");

  @Option(names = "--tasks", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}")
  private int tasks = 1024;

  @Option(
      names = "--diffs",
      paramLabel = "FILES",
      arity = "1..*",
      description =
          "Diffs of classifications over the base, of which the tasks are made. Default: two of the demo's tasks, learned by the first call")
  private List<Path> diffs = List.of();

  @Option(
      names = "--base",
      description = "minilm, or a directory in Hugging Face layout. Default: ${DEFAULT-VALUE}")
  private String base = "minilm";

  @Option(names = "--clients", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}")
  private int clients = 16;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "Of a phase of one number of tasks. Default: ${DEFAULT-VALUE}")
  private double seconds = 4;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Phases of each number of tasks. Default: ${DEFAULT-VALUE}")
  private int rounds = 7;

  @Option(
      names = "--versions",
      paramLabel = "N",
      description =
          "New versions that are announced while the clients ask. Default: ${DEFAULT-VALUE}")
  private int versions = 40;

  @Option(
      names = "--resident-bytes",
      paramLabel = "SIZE",
      description =
          "Memory of the gateway for prepared diffs; the rest is read from its disk when it is asked. Default: the gateway's")
  private @Nullable String residentBytes;

  @Option(
      names = "--no-engine",
      description = "Leave out what `bench mixed` and `bench peers` measure without a gateway.")
  private boolean noEngine;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there.")
  private @Nullable Path json;

  @Option(
      names = "--chart",
      paramLabel = "FILE",
      description = "Draw throughput and latency over the number of tasks there, as PNG.")
  private @Nullable Path chart;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (tasks < 1 || clients < 1 || !(seconds > 0) || rounds < 1 || versions < 1) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "--tasks, --clients, --rounds and --versions must be at least 1, --seconds above 0");
    }
    OutputFile.expectNoDirectory(json);
    OutputFile.expectNoDirectory(chart);
    BenchmarkJar jar = new BenchmarkJar(StandaloneCommand.home());
    List<Path> files = diffs.isEmpty() ? jar.demoDiffs() : diffs;
    Path directory = Files.createTempDirectory("diffstream-bench-");
    ServeOptions options =
        new ServeOptions(
            tasks,
            clients,
            Duration.ofMillis((long) (1000 * seconds)),
            rounds,
            versions,
            residentBytes == null
                ? Map.of()
                : Map.of("DIFFSTREAM_GATEWAY_RESIDENT_BYTES", residentBytes));
    Figures figures;
    try {
      figures = new ServeRun(jar.home(), base, options, System.out::println).run(files, directory);
    } finally {
      DemoFiles.delete(directory);
    }
    mixed(figures, jar);
    peers(figures, jar);
    String report = FigureReport.print(figures.toMap(), json);
    if (chart != null) {
      draw(jar, report, chart);
    }
    JsonNode written = Json.parse(report.getBytes(StandardCharsets.UTF_8), "report");
    return written.path("wrong").asInt() + written.path("lost").asInt() == 0 ? 0 : 1;
  }

  private static void draw(BenchmarkJar jar, String report, Path png)
      throws IOException, InterruptedException {
    Path file = Files.createTempFile("diffstream-bench-", ".json");
    try {
      Files.writeString(file, report);
      jar.run(List.of("chart", "--json", file.toString(), "--png", png.toString()));
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** Figures of the engine alone, without queue and HTTP. */
  private void mixed(Figures figures, BenchmarkJar jar) throws IOException, InterruptedException {
    if (noEngine) {
      figures.missing(OF_MIXED, "--no-engine");
      return;
    }
    figures.putFrom(
        OF_MIXED,
        "/batch",
        file -> jar.run(List.of("mixed", "--base", base, "--json", file.toString())));
  }

  private void peers(Figures figures, BenchmarkJar jar) throws IOException, InterruptedException {
    if (noEngine) {
      figures.missing(OF_PEERS, "--no-engine");
    } else if (!base.equals("minilm")) {
      figures.missing(OF_PEERS, "their file is that of minilm");
    } else if (!jar.hasPeers()) {
      figures.missing(OF_PEERS, "testing/peers/install was not run");
    } else {
      figures.putFrom(OF_PEERS, "/peers", file -> jar.runPeers(List.of("--json", file.toString())));
    }
  }
}
