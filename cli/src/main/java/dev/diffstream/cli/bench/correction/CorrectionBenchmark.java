package dev.diffstream.cli.bench.correction;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.bench.correction.CorrectionFigures.Retrained;
import dev.diffstream.cli.client.GatewayClient;
import dev.diffstream.cli.client.GatewayClient.Prediction;
import dev.diffstream.cli.client.GatewayClient.Question;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.deployment.Deployment;
import dev.diffstream.cli.deployment.Ports;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * A whole deployment in which each correction has its task learned again by a rule. What is learned
 * is checked before its time counts.
 */
public final class CorrectionBenchmark {
  private static final TaskId TASK = new TaskId("corrected");
  private static final String PATH = "/v1/tasks/" + TASK;
  private static final Duration LONGEST = Duration.ofMinutes(10);
  private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(5);

  /** Any version passes the gate: what is measured is the way, not what was learned. */
  private static final double ANY_GAIN = -1;

  private static final Map<String, Object> SETTINGS =
      Map.of("stage1Steps", 200, "stage3Steps", 60, "stage1Rate", 0.005, "stage3Rate", 0.01);

  private final Path home;
  private final String base;
  private final Consumer<String> say;
  private final CorrectionRows rows = new CorrectionRows();

  /**
   * @param home the folder that holds the built modules
   * @param base {@code minilm} or a directory
   * @param say hears what is being done
   */
  public CorrectionBenchmark(Path home, String base, Consumer<String> say) {
    this.home = home;
    this.base = base;
    this.say = say;
  }

  /**
   * @param retrainings how often the task is learned again
   * @param directory for data and logs of the deployment
   * @throws DiffstreamException if something else is served than what was learned
   */
  public CorrectionFigures run(int retrainings, Path directory) {
    try (Deployment deployment =
            Deployment.start(home, directory, Ports.free(), Map.of("DIFFSTREAM_BASE", base), say);
        ObjectStore store = deployment.connection().openStore()) {
      String data = ObjectKeys.data(TASK, "train.jsonl");
      store.put(data, rows.dataSet(), Map.of());
      HttpJson registry = new HttpJson(deployment.connection().registryUrl());
      GatewayClient gateway = new GatewayClient(deployment.connection().gatewayUrl());
      begin(registry, data);
      awaitAnswer(gateway, 1);
      List<Retrained> all = new ArrayList<>();
      for (int number = 1; number <= retrainings; number++) {
        Retrained retrained = retrain(registry, gateway, number);
        say.accept("retraining %d of %d: %s".formatted(number, retrainings, retrained));
        all.add(retrained);
      }
      return new CorrectionFigures(all);
    }
  }

  private static void begin(HttpJson registry, String data) {
    registry.postRepeatably(
        "/v1/tasks",
        Map.of(
            "taskId",
            TASK.value(),
            "objective",
            "classification",
            "data",
            Map.of("train", data),
            "density",
            0.05,
            "settings",
            SETTINGS),
        "bench-task");
  }

  private Retrained retrain(HttpJson registry, GatewayClient gateway, int number) {
    if (number == 1) {
      registry.put(
          PATH + "/rules",
          Map.of(
              "corrections",
              1,
              "cooldownSeconds",
              0,
              "budget",
              Map.of("perDay", 1_000_000),
              "minGain",
              ANY_GAIN),
          "bench-rule");
    }
    int row = CorrectionRows.size() + number;
    Instant asked = Instant.now();
    registry.postRepeatably(
        PATH + "/corrections",
        Map.of("text", rows.text(row), "label", CorrectionRows.label(row)),
        "bench-correction-" + number);
    Prediction answer = awaitAnswer(gateway, number + 1);
    Instant served = Instant.now();
    return checked(registry, number, answer, asked, served);
  }

  /** Of this retraining, its run, its version and the answer: they must be about each other. */
  private static Retrained checked(
      HttpJson registry, int number, Prediction answer, Instant asked, Instant served) {
    JsonNode outcome = registry.get(PATH + "/retrainings?limit=1").at("/retrainings/0");
    expect("number of the newest retraining", number, outcome.at("/retraining/number").asInt());
    expect(
        "corrections that it learns from", number, outcome.at("/retraining/corrections").asInt());
    expect("its state", "versioned", outcome.path("state").asText());
    expect("its version", answer.version(), outcome.path("version").asLong());
    JsonNode version = registry.get(PATH + "/versions/" + answer.version());
    expect("digest of the answer", version.path("digest").asText(), answer.digest());
    expect("run of the version", outcome.path("runId").asText(), version.path("runId").asText());
    JsonNode report = registry.get("/v1/runs/" + version.path("runId").asText()).path("report");
    expect("outcome of the run", "published", report.path("outcome").asText());
    expect("gate of the run", "champion", report.at("/gate/over").asText());
    Instant event = Instant.parse(outcome.at("/retraining/created").asText());
    return new Retrained(
        seconds(asked, event), seconds(event, served), report.at("/training/seconds").asDouble());
  }

  private static double seconds(Instant from, Instant to) {
    return Duration.between(from, to).toNanos() / 1e9;
  }

  private static Prediction awaitAnswer(GatewayClient gateway, long version) {
    long end = System.nanoTime() + LONGEST.toNanos();
    Question question = new Question("the cat is very good man", null);
    while (System.nanoTime() < end) {
      try {
        Prediction answer = gateway.infer(TASK.value(), List.of(question)).getFirst();
        if (answer.version() == version) {
          return answer;
        }
      } catch (DiffstreamException e) {
        if (!e.code().retryable() && e.code() != ErrorCode.TASK_UNKNOWN) {
          throw e;
        }
      }
      LockSupport.parkNanos(BETWEEN_QUESTIONS.toNanos());
    }
    throw new DiffstreamException(
        ErrorCode.DEADLINE_EXCEEDED,
        "version %d of task %s was not served within %s".formatted(version, TASK, LONGEST));
  }

  private static void expect(String what, Object expected, Object actual) {
    if (!expected.toString().equals(actual.toString())) {
      throw new DiffstreamException(
          ErrorCode.OUTCOME_UNKNOWN, what + ": expected " + expected + ", got " + actual);
    }
  }
}
