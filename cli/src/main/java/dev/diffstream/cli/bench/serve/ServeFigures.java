package dev.diffstream.cli.bench.serve;

import dev.diffstream.cli.bench.load.PhaseResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The figures of a result under the names of the report. */
final class ServeFigures {
  private static final Path CPU = Path.of("/proc/cpuinfo");
  private static final int MANY = 1024;
  private static final int FOUR_TIMES_AS_MANY = 4096;

  private ServeFigures() {}

  static Figures of(ServeOptions options, PublishedTasks tasks, ServeResult result) {
    Figures figures = new Figures();
    int cores = Runtime.getRuntime().availableProcessors();
    figures.put("tasks", options.tasks());
    figures.put("clients", options.clients());
    figures.put("cores", cores);
    figures.put("instructions", instructions());
    figures.put("answered", result.answered());
    figures.put("wrong", result.wrong());
    figures.put("lost", result.lost());
    figures.put("tellingPairs", tasks.tellingPairs());
    figures.put("pairs", tasks.pairs());
    figures.put("textTokens", tasks.tokens());
    figures.put("sizes", result.sizes());
    figures.put(
        "tokensPerSecondPerCore",
        result.median(options.tasks(), phase -> tokensPerSecond(phase, tasks.tokens()) / cores));
    figures.put(
        "announcedToServedMillis",
        Map.of(
            "count", result.announcedToServed().size(),
            "p50", result.announcedToServedMillis(0.5),
            "p99", result.announcedToServedMillis(0.99)));
    if (options.tasks() > 1) {
      figures.put("flood", result.flood());
    } else {
      figures.missing("flood", "there was one task");
    }
    GatewayMemory memory = result.memory();
    figures.put("gatewayPeakBytes", memory.peakBytes());
    figures.put("gatewayAnonymousBytes", memory.anonymousBytes());
    figures.put("gatewayAnonymousPeakBytes", memory.anonymousPeakBytes());
    figures.put("bytesPerTask", memory.addedBytes() / options.tasks());
    figures.put("decodedBytesPerTask", tasks.decodedBytesPerTask());
    figures.put("startSeconds", result.start().toMillis() / 1e3);
    many(figures, options, result);
    return figures;
  }

  /** What has 1,024 tasks in its name is measured with as many, or not at all. */
  private static void many(Figures figures, ServeOptions options, ServeResult result) {
    if (options.tasks() == MANY) {
      figures.put("throughputRatio1024", result.ratio(options.tasks(), 1, PhaseResult::throughput));
      figures.put("p99Ratio1024", result.ratio(options.tasks(), 1, PhaseResult::p99Millis));
      figures.put("startSeconds1024", result.start().toMillis() / 1e3);
    } else {
      for (String name : List.of("throughputRatio1024", "p99Ratio1024", "startSeconds1024")) {
        figures.missing(name, "there were %d tasks".formatted(options.tasks()));
      }
    }
    if (options.tasks() == FOUR_TIMES_AS_MANY) {
      figures.put("throughputRatio4096", result.ratio(options.tasks(), 1, PhaseResult::throughput));
    } else {
      figures.missing("throughputRatio4096", "there were %d tasks".formatted(options.tasks()));
    }
  }

  private static double tokensPerSecond(PhaseResult phase, List<Integer> tokens) {
    long sum = 0;
    for (int text = 0; text < phase.texts().length; text++) {
      sum += (long) phase.texts()[text] * tokens.get(text);
    }
    return sum / phase.seconds();
  }

  /** The widest vector instructions that the processor says it has. */
  private static String instructions() {
    try (Stream<String> lines = Files.lines(CPU)) {
      List<String> flags =
          lines
              .filter(line -> line.startsWith("flags"))
              .findFirst()
              .map(line -> List.of(line.split("\\s+", -1)))
              .orElse(List.of());
      return Stream.of("avx512f", "avx2", "avx").filter(flags::contains).findFirst().orElse("none");
    } catch (IOException e) {
      return "unknown";
    }
  }
}
