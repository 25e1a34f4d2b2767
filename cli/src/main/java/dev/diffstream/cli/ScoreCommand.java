package dev.diffstream.cli;

import dev.diffstream.cli.option.ConnectionOptions;
import dev.diffstream.cli.score.ScoreFile;
import dev.diffstream.cli.score.ScoreOptions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Scores a whole file. */
@Command(
    name = "score",
    mixinStandardHelpOptions = true,
    description = {
      "Asks a task about every row of a file, and writes the file with the answers.",
      "A row for each row, in the same order; a row without an answer says why. What was cut off goes on when it is called again."
    })
final class ScoreCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions connection = new ConnectionOptions();
  @Mixin private ScoreOptions options = new ScoreOptions();

  @Parameters(index = "0", paramLabel = "TASK")
  private String task = "";

  @Parameters(
      index = "1",
      paramLabel = "FILE",
      description =
          "JSON Lines (.jsonl, .ndjson, .json), .csv or .tsv, also packed (.gz); or s3://<bucket>/<key> of one in the deployment's bucket.")
  private String file = "";

  @Override
  public Integer call() throws Exception {
    return ScoreFile.score(task, file, options, connection.connection());
  }
}
