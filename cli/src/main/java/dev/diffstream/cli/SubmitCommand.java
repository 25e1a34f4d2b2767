package dev.diffstream.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.diffstream.cli.client.Connection;
import dev.diffstream.cli.client.TaskSubmission;
import dev.diffstream.cli.display.ForeignText;
import dev.diffstream.cli.display.RunFacts;
import dev.diffstream.cli.display.Served;
import dev.diffstream.cli.option.CommandLineFault;
import dev.diffstream.cli.option.ConnectionOptions;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.event.TaskSubmitted.DataSet;
import dev.diffstream.schemas.event.TaskSubmittedBuilder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Uploads a person's own data and sends the task event. */
@Command(
    name = "submit",
    mixinStandardHelpOptions = true,
    description =
        "Uploads a labelled data set (JSON Lines, CSV or TSV, plain or .gz) and sends the task event that has a model learned from it.")
final class SubmitCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Parameters(
      paramLabel = "TASK",
      description = "Id of the task: lower-case letters, digits, dot, underscore, dash.")
  private String task = "";

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      description = {
        "Labelled examples. CSV and TSV begin with a header line.",
        "May be repeated: a text that stands in several files is learned as the last of them says."
      })
  private List<Path> data = List.of();

  @Option(
      names = "--dev",
      paramLabel = "FILE",
      description = "Held-out examples to choose the best step by (default: a tenth of --data).")
  private @Nullable Path dev;

  @Option(
      names = "--test",
      paramLabel = "FILE",
      description = "Held-out examples to report the accuracy on (default: a tenth of --data).")
  private @Nullable Path test;

  @Option(
      names = "--text-column",
      defaultValue = "text",
      description = "Column or field of the text (default: ${DEFAULT-VALUE}).")
  private String textColumn = "text";

  @Option(
      names = "--pair-column",
      paramLabel = "COLUMN",
      description = "Column or field of the second text, for sentence pairs.")
  private @Nullable String pairColumn;

  @Option(
      names = "--pair-encoding",
      paramLabel = "separate|joint|auto",
      description = {
        "How sentence pairs are read: one by one (default), in one sequence,",
        "or as does better on --dev in a short try of both."
      })
  private @Nullable String pairEncoding;

  @Option(
      names = "--label-column",
      paramLabel = "COLUMN",
      description = "Column or field of the label (default: label; of tags also tags).")
  private @Nullable String labelColumn;

  @Option(names = "--regression", description = "The label is a number to predict.")
  private boolean regression;

  @Option(
      names = "--objective",
      paramLabel = "OBJECTIVE",
      description =
          "multi-label, token-classification, masked-lm, or one that other options name (default: classification).")
  private @Nullable String objective;

  @Option(
      names = "--format",
      paramLabel = "jsonl|csv|tsv",
      description = "Format of the files (default: by suffix).")
  private @Nullable String format;

  @Option(
      names = "--skip-invalid",
      description = "Leave out up to 1 %% invalid records (in small sets 5) instead of failing.")
  private boolean skipInvalid;

  @Option(
      names = "--density",
      paramLabel = "SHARE",
      description = "Share of the base that the diff may change, or auto; default 0.005.")
  private @Nullable String density;

  @Option(
      names = "--precision",
      description =
          "Of the diff's values: fp32, fp16 (default), bf16, int8, int4 or int1; the fewer bits, the smaller the file.")
  private @Nullable String precision;

  @Option(names = "--method", description = "diff-pruning (default), lottery-ticket or fixed-mask.")
  private @Nullable String method;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "A setting of the method, such as stage3Rate=1e-3; may be repeated.")
  private Map<String, String> settings = Map.of();

  @Option(names = "--owner", description = "Who asks for it.")
  private @Nullable String owner;

  @Option(
      names = "--event-id",
      paramLabel = "ID",
      description = "Id of the event, to send it again without a second version (default: random).")
  private @Nullable String eventId;

  @Option(
      names = "--wait",
      description = "Show progress and return when the task is served; exit status 1 if it fails.")
  private boolean await;

  @Override
  public Integer call() {
    TaskId id = CommandLineFault.in(() -> new TaskId(task));
    DataSet files = files(id);
    TaskSubmitted event = CommandLineFault.in(() -> event(id, files));
    Connection connection = options.connection();
    if (eventId != null && hadItsOutcome(connection, eventId)) {
      return 1;
    }
    try (EventLog log = connection.openLog();
        ObjectStore store = connection.openStore()) {
      TaskSubmission submission = new TaskSubmission(store, log);
      upload(submission, files);
      Served served =
          await ? new Served(log, id, new RunFacts(connection.registryUrl()), watchHint(id)) : null;
      String runId =
          submission.submit(event, eventId == null ? UUID.randomUUID().toString() : eventId);
      System.out.println("task " + id + " submitted as " + runId);
      if (served == null) {
        System.out.println(watchHint(id));
        return 0;
      }
      try (served) {
        return served.await(runId) ? 0 : 1;
      }
    }
  }

  private String watchHint(TaskId id) {
    return "watch it: " + Main.calledAs() + " watch " + id + options.repeated();
  }

  /** Whether the run of this event has ended; then sending the event again would change nothing. */
  private static boolean hadItsOutcome(Connection connection, String eventId) {
    String runId = TaskSubmission.runId(eventId);
    JsonNode run;
    try {
      run = new RunFacts(connection.registryUrl()).run(runId);
    } catch (DiffstreamException unreachable) {
      System.err.println(
          "whether the event had its outcome before is not known: " + unreachable.getMessage());
      return false;
    }
    if (!RunFacts.ended(run)) {
      return false;
    }
    System.err.println(
        "event %s had its outcome already: run %s of task %s is %s%s; nothing was sent, choose another --event-id"
            .formatted(
                ForeignText.line(eventId),
                runId,
                ForeignText.line(run.path("taskId").asText()),
                run.path("state").asText(),
                run.hasNonNull("version") ? " as version " + run.path("version").asText() : ""));
    return true;
  }

  private TaskSubmitted event(TaskId id, DataSet files) {
    return TaskSubmittedBuilder.builder()
        .taskId(id.value())
        .objective(objective())
        .data(files)
        .onInvalidRecord(skipInvalid ? "skip" : null)
        .method(method)
        .density(density == null ? null : value(density))
        .precision(precision == null ? null : ValuePrecision.of(precision).text())
        .pairEncoding(pairEncoding)
        .settings(settings.isEmpty() ? null : values(settings))
        .owner(owner)
        .build();
  }

  /** Where the files will lie. */
  private DataSet files(TaskId id) {
    String batch = UUID.randomUUID().toString().substring(0, 8) + "-";
    return new DataSet(
        IntStream.range(0, data.size())
            .mapToObj(i -> ObjectKeys.data(id, batch + number(i) + fileName(data.get(i))))
            .toList(),
        dev == null ? null : ObjectKeys.data(id, batch + "dev-" + fileName(dev)),
        test == null ? null : ObjectKeys.data(id, batch + "test-" + fileName(test)),
        format,
        new TaskSubmitted.Columns(textColumn, pairColumn, labelColumn));
  }

  private void upload(TaskSubmission submission, DataSet files) {
    for (int i = 0; i < data.size(); i++) {
      submission.upload(data.get(i), files.train().get(i));
    }
    if (dev != null) {
      submission.upload(dev, Objects.requireNonNull(files.dev()));
    }
    if (test != null) {
      submission.upload(test, Objects.requireNonNull(files.test()));
    }
  }

  private static Map<String, JsonNode> values(Map<String, String> texts) {
    Map<String, JsonNode> values = new TreeMap<>();
    texts.forEach((name, text) -> values.put(name, value(text)));
    return values;
  }

  /** A number or a truth value where the text is one. */
  private static JsonNode value(String text) {
    if (text.equals("true") || text.equals("false")) {
      return BooleanNode.valueOf(text.equals("true"));
    }
    try {
      return DoubleNode.valueOf(Double.parseDouble(text));
    } catch (NumberFormatException e) {
      return TextNode.valueOf(text);
    }
  }

  private Objective objective() {
    if (objective != null) {
      return Objective.of(objective);
    }
    if (regression) {
      return pairColumn == null ? Objective.REGRESSION : Objective.PAIR_REGRESSION;
    }
    return pairColumn == null ? Objective.CLASSIFICATION : Objective.PAIR_CLASSIFICATION;
  }

  /** Two files may have one name. */
  private static String number(int index) {
    return index == 0 ? "" : (index + 1) + "-";
  }

  private static String fileName(Path file) {
    return String.valueOf(file.getFileName()).replaceAll("[^A-Za-z0-9._-]", "_");
  }
}
