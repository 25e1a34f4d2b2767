package dev.diffstream.cli;

import dev.diffstream.cli.bench.BenchmarkJar;
import dev.diffstream.cli.bench.correction.CorrectionBenchmark;
import dev.diffstream.cli.bench.correction.CorrectionFigures;
import dev.diffstream.cli.demo.DemoFiles;
import dev.diffstream.cli.file.FigureReport;
import dev.diffstream.cli.file.OutputFile;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

/** Measures; a process of its own does the work. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures what is promised.",
    subcommands = {
      BenchCommand.Learn.class,
      BenchCommand.Diff.class,
      BenchCommand.Mixed.class,
      BenchCommand.Switch.class,
      BenchCommand.Peers.class,
      BenchServeCommand.class,
      BenchRegistryCommand.class,
      BenchCommand.Corrections.class
    })
final class BenchCommand {
  /** Hands its options on as they are, and the demo's tasks where none are named. */
  @Command(
      name = "learn",
      description = "Quality, step time and memory of the learning methods; --help tells more.")
  static final class Learn implements Callable<Integer> {
    @Unmatched private List<String> options = new ArrayList<>();

    @Override
    public Integer call() throws IOException, InterruptedException {
      List<String> arguments = with("learn", options);
      if (options.stream().anyMatch(BenchCommand::needsNoData)) {
        return jar().run(arguments);
      }
      Path directory = Files.createTempDirectory("diffstream-bench-");
      try {
        DemoFiles.write(directory);
        arguments.addAll(List.of("--data", directory.toString()));
        return jar().run(arguments);
      } finally {
        DemoFiles.delete(directory);
      }
    }
  }

  /** Hands its options on as they are, with diffs of the demo's tasks where no file is named. */
  @Command(name = "diff", description = "Size and speed of diff files; --help tells more.")
  static final class Diff implements Callable<Integer> {
    @Unmatched private List<String> options = new ArrayList<>();

    @Override
    public Integer call() throws IOException, InterruptedException {
      List<String> arguments = with("diff", options);
      if (!namesFiles()) {
        jar().demoDiffs().forEach(file -> arguments.add(file.toString()));
      }
      return jar().run(arguments);
    }

    private boolean namesFiles() {
      for (int i = 0; i < options.size(); i++) {
        boolean isValue = i > 0 && options.get(i - 1).equals("--json");
        if (List.of("--help", "-h").contains(options.get(i))
            || (!options.get(i).startsWith("-") && !isValue)) {
          return true;
        }
      }
      return false;
    }
  }

  /** Hands its options on as they are. */
  @Command(name = "mixed", description = "Texts of many tasks in one batch; --help tells more.")
  static final class Mixed implements Callable<Integer> {
    @Unmatched private List<String> options = new ArrayList<>();

    @Override
    public Integer call() throws IOException, InterruptedException {
      return jar().run(with("mixed", options));
    }
  }

  /** Hands its options on as they are. */
  @Command(name = "switch", description = "One diff in place of another; --help tells more.")
  static final class Switch implements Callable<Integer> {
    @Unmatched private List<String> options = new ArrayList<>();

    @Override
    public Integer call() throws IOException, InterruptedException {
      return jar().run(with("switch", options));
    }
  }

  /** Hands its options on as they are. */
  @Command(name = "peers", description = "The same texts in ONNX Runtime; --help tells more.")
  static final class Peers implements Callable<Integer> {
    @Unmatched private List<String> options = new ArrayList<>();

    @Override
    public Integer call() throws IOException, InterruptedException {
      return jar().runPeers(options);
    }
  }

  /** From a correction to a served version. */
  @Command(
      name = "corrections",
      mixinStandardHelpOptions = true,
      description = {
        "Starts everything on free loopback ports in a temporary directory, and has a task learned again by each of some corrections.",
        "What is served is checked against what was learned. The time of a version counts from its event, less the training that its report tells of."
      })
  static final class Corrections implements Callable<Integer> {
    @Option(names = "--retrainings", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}")
    private int retrainings = 30;

    @Option(
        names = "--base",
        description =
            "minilm, or a directory in Hugging Face layout. Default: two small layers that know nothing")
    private @Nullable String base;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures there.")
    private @Nullable Path json;

    @Override
    public Integer call() throws IOException {
      if (retrainings < 1) {
        throw new DiffstreamException(
            ErrorCode.INVALID_REQUEST, "--retrainings must be at least 1, got " + retrainings);
      }
      OutputFile.expectNoDirectory(json);
      Path home = StandaloneCommand.home();
      String chosen =
          base == null
              ? home.resolve("trainer-worker/src/test/resources/tiny-bert").toString()
              : base;
      Path directory = Files.createTempDirectory("diffstream-bench-");
      try {
        CorrectionFigures figures =
            new CorrectionBenchmark(home, chosen, System.out::println).run(retrainings, directory);
        FigureReport.print(figures.toMap(), json);
        return 0;
      } finally {
        DemoFiles.delete(directory);
      }
    }
  }

  private static List<String> with(String command, List<String> options) {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(options);
    return arguments;
  }

  private static boolean needsNoData(String option) {
    return option.equals("--data")
        || option.startsWith("--data=")
        || option.equals("--help")
        || option.equals("-h");
  }

  private static BenchmarkJar jar() {
    return new BenchmarkJar(StandaloneCommand.home());
  }
}
