package dev.diffstream.benchmarks;

import dev.diffstream.benchmarks.chart.ServeChart;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Draws what was measured. */
@Command(
    name = "chart",
    mixinStandardHelpOptions = true,
    description = "Draws throughput and latency over the number of tasks, of `bench serve`.")
final class ChartCommand implements Callable<Integer> {
  @Option(names = "--json", required = true, paramLabel = "FILE", description = "A report.")
  private Path json = Path.of("");

  @Option(names = "--png", required = true, paramLabel = "FILE", description = "Written there.")
  private Path png = Path.of("");

  @Override
  public Integer call() throws IOException {
    Files.write(png, ServeChart.png(Json.parse(Files.readAllBytes(json), json.toString())));
    return 0;
  }
}
