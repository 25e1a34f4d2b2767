package dev.diffstream.cli;

import dev.diffstream.cli.client.GatewayClient;
import dev.diffstream.cli.client.GatewayClient.Prediction;
import dev.diffstream.cli.client.GatewayClient.Question;
import dev.diffstream.cli.option.ConnectionOptions;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Asks a served task. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    description = "Asks the gateway what a task answers to a text.")
final class PredictCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Parameters(index = "0", paramLabel = "TASK")
  private String task = "";

  @Parameters(index = "1", paramLabel = "TEXT")
  private String text = "";

  @Option(
      names = "--pair",
      paramLabel = "TEXT",
      description = "The second text, for tasks over sentence pairs.")
  private @Nullable String pair;

  @Override
  public Integer call() {
    Prediction answer =
        new GatewayClient(options.connection().gatewayUrl())
            .infer(task, List.of(new Question(text, pair)))
            .get(0);
    if (answer.label().isEmpty() && answer.structured().isEmpty()) {
      System.out.printf(Locale.ROOT, "%.4f%n", answer.scores().get(0));
    } else {
      System.out.println(answer.label() + answer.structured());
      for (int i = 0; i < answer.labels().size() && i < answer.scores().size(); i++) {
        System.out.printf(
            Locale.ROOT, "  %-20s %.4f%n", answer.labels().get(i), answer.scores().get(i));
      }
    }
    System.out.println("by diff " + answer.digest() + ", version " + answer.version());
    return 0;
  }
}
