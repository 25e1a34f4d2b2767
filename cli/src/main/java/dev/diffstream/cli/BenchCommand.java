package dev.diffstream.cli;

import dev.diffstream.cli.demo.DemoFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** Measures; a process of its own does the work. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures what is promised.",
    subcommands = {BenchCommand.Learn.class, BenchCommand.Diff.class, BenchCommand.Mixed.class})
final class BenchCommand {
  private static final List<String> JVM_OPTIONS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "--add-modules=jdk.incubator.vector");

  /** Hands its options on as they are, and the demo's tasks where none are named. */
  @Command(
      name = "learn",
      description = "Quality, step time and memory of the learning methods; --help tells more.")
  static final class Learn implements Callable<Integer> {
    @Unmatched private List<String> options = new ArrayList<>();

    @Override
    public Integer call() throws IOException, InterruptedException {
      List<String> arguments = new ArrayList<>(List.of("learn"));
      arguments.addAll(options);
      if (options.stream().anyMatch(BenchCommand::needsNoData)) {
        return run(arguments);
      }
      Path directory = Files.createTempDirectory("diffstream-bench-");
      try {
        DemoFiles.write(directory);
        arguments.addAll(List.of("--data", directory.toString()));
        return run(arguments);
      } finally {
        DemoFiles.delete(directory);
      }
    }
  }

  /** Hands its options on as they are, with diffs of the demo's tasks where no file is named. */
  @Command(name = "diff", description = "Size and speed of diff files; --help tells more.")
  static final class Diff implements Callable<Integer> {
    private static final List<String> TASKS = List.of("review-sentiment", "support-topic");

    @Unmatched private List<String> options = new ArrayList<>();

    @Override
    public Integer call() throws IOException, InterruptedException {
      List<String> arguments = new ArrayList<>(List.of("diff"));
      arguments.addAll(options);
      if (!namesFiles()) {
        Path kept = StandaloneCommand.home().resolve("target/bench-diffs");
        for (String task : TASKS) {
          Path file = kept.resolve(task + "-diff-pruning-1.safetensors");
          if (!Files.exists(file)) {
            learn(task, kept);
          }
          arguments.add(file.toString());
        }
      }
      return run(arguments);
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

    private static void learn(String task, Path kept) throws IOException, InterruptedException {
      Path data = Files.createTempDirectory("diffstream-bench-");
      try {
        DemoFiles.write(data);
        run(
            List.of(
                "learn",
                "--data",
                data.toString(),
                "--tasks",
                task,
                "--methods",
                "diff-pruning",
                "--parts",
                "QUALITY",
                "--diffs",
                kept.toString()));
      } finally {
        DemoFiles.delete(data);
      }
    }
  }

  /** Hands its options on as they are. */
  @Command(name = "mixed", description = "Texts of many tasks in one batch; --help tells more.")
  static final class Mixed implements Callable<Integer> {
    @Unmatched private List<String> options = new ArrayList<>();

    @Override
    public Integer call() throws IOException, InterruptedException {
      List<String> arguments = new ArrayList<>(List.of("mixed"));
      arguments.addAll(options);
      return run(arguments);
    }
  }

  private static boolean needsNoData(String option) {
    return option.equals("--data")
        || option.startsWith("--data=")
        || option.equals("--help")
        || option.equals("-h");
  }

  private static int run(List<String> arguments) throws IOException, InterruptedException {
    Path jar = StandaloneCommand.home().resolve("testing/benchmarks/target/benchmarks.jar");
    if (!Files.isRegularFile(jar)) {
      throw new IllegalStateException(
          jar + " is missing: build first with `mvn package -DskipTests`");
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM_OPTIONS);
    command.addAll(List.of("-jar", jar.toString()));
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).inheritIO().start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy, "end-bench"));
    return process.waitFor();
  }
}
