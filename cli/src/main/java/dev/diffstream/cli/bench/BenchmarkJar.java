package dev.diffstream.cli.bench;

import dev.diffstream.cli.demo.DemoFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The benchmarks' own program, which a JVM of its own runs.
 *
 * @param home the folder that holds the built modules
 */
public record BenchmarkJar(Path home) {
  private static final List<String> JVM_OPTIONS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "--add-modules=jdk.incubator.vector");

  private static final List<String> TASKS = List.of("review-sentiment", "support-topic");

  /** Runs a command of it, with this process's output, and returns its exit status. */
  public int run(List<String> arguments) throws IOException, InterruptedException {
    Path jar = home.resolve("testing/benchmarks/target/benchmarks.jar");
    if (!Files.isRegularFile(jar)) {
      throw new IllegalStateException(
          jar + " is missing: build first with `mvn package -DskipTests`");
    }
    return run(jar, arguments);
  }

  /** Whether other programs were installed to measure beside this one. */
  public boolean hasPeers() {
    return Files.isRegularFile(peers());
  }

  /** Measures other programs. */
  public int runPeers(List<String> arguments) throws IOException, InterruptedException {
    if (!hasPeers()) {
      throw new IllegalStateException(peers() + " is missing: run testing/peers/install first");
    }
    return run(peers(), arguments);
  }

  private Path peers() {
    return home.resolve("testing/peers/target/peers.jar");
  }

  private static int run(Path jar, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM_OPTIONS);
    command.addAll(List.of("-jar", jar.toString()));
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).inheritIO().start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy, "end-bench"));
    return process.waitFor();
  }

  /** Diffs of two of the demo's tasks; learned by the first call, which takes some minutes. */
  public List<Path> demoDiffs() throws IOException, InterruptedException {
    Path kept = home.resolve("target/bench-diffs");
    List<Path> files = new ArrayList<>();
    for (String task : TASKS) {
      Path file = kept.resolve(task + "-diff-pruning-1.safetensors");
      if (!Files.exists(file)) {
        learn(task, kept);
      }
      files.add(file);
    }
    return files;
  }

  private void learn(String task, Path kept) throws IOException, InterruptedException {
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
