package dev.diffstream.cli.demo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.Connection;
import dev.diffstream.cli.client.GatewayClient;
import dev.diffstream.cli.client.GatewayClient.Prediction;
import dev.diffstream.cli.client.GatewayClient.Question;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.client.RunWatch;
import dev.diffstream.cli.client.TaskSubmission;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.base.BaseDescriptor;
import dev.diffstream.schemas.data.HeldOutSplit.Side;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.GatewayFarewell;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunProgressed;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.json.Json;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Three task events into Kafka, three served models out, and how good they are. Talks to the
 * deployment as any client would.
 */
public final class Demo {
  private static final Duration LIMIT = Duration.ofMinutes(20);
  private static final int QUESTIONS_PER_REQUEST = 16;

  private final Connection connection;
  private final Consumer<RunProgressed> progress;
  private final BiConsumer<String, String> say;
  private final GatewayClient gateway;

  /**
   * @param say hears of a task what is not progress
   */
  public Demo(
      Connection connection, Consumer<RunProgressed> progress, BiConsumer<String, String> say) {
    this.connection = connection;
    this.progress = progress;
    this.say = say;
    this.gateway = new GatewayClient(connection.gatewayUrl());
  }

  /** Fails with the code of the first run that failed. */
  public DemoResult run() {
    long began = System.nanoTime();
    try (EventLog log = connection.openLog();
        ObjectStore store = connection.openStore();
        RunWatch watch = new RunWatch(log)) {
      TaskSubmission submission = new TaskSubmission(store, log);
      Map<String, Long> sent = new HashMap<>();
      for (DemoTask task : DemoTask.ALL) {
        String key = ObjectKeys.data(new TaskId(task.id()), "rows.jsonl");
        submission.upload(task.file(), key);
        say.accept(task.id(), "event sent, waiting for a worker");
        sent.put(task.id(), System.nanoTime());
        submission.submit(
            TaskSubmitted.of(task.id(), task.objective(), key), UUID.randomUUID().toString());
      }
      Arrivals arrivals = awaitServed(watch, sent);
      List<DemoResult.Row> rows = new ArrayList<>();
      for (DemoTask task : DemoTask.ALL) {
        rows.add(examine(task, store, arrivals));
      }
      return new DemoResult(rows, (System.nanoTime() - began) / 1e9);
    }
  }

  private Arrivals awaitServed(RunWatch watch, Map<String, Long> sent) {
    Arrivals arrivals = new Arrivals(sent);
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (arrivals.served.size() < DemoTask.ALL.size()) {
      watch.poll(Duration.ofMillis(200), arrivals);
      if (System.nanoTime() > deadline) {
        throw new DiffstreamException(
            ErrorCode.DEADLINE_EXCEEDED,
            "served after " + LIMIT.toMinutes() + " minutes: " + arrivals.served.keySet());
      }
    }
    return arrivals;
  }

  /** The head alone that answered a task first. */
  private record FirstAnswer(double seconds, double accuracy) {}

  private final class Arrivals implements RunWatch.Listener {
    final Map<String, Double> served = new HashMap<>();
    final Map<String, FirstAnswer> provisional = new HashMap<>();
    private final Map<String, Long> sent;
    private final Map<String, String> said = new HashMap<>();

    Arrivals(Map<String, Long> sent) {
      this.sent = sent;
    }

    private double secondsSinceSent(String task) {
      return (System.nanoTime() - sent.getOrDefault(task, 0L)) / 1e9;
    }

    @Override
    public void progressed(RunProgressed event) {
      if (!served.containsKey(event.taskId())) {
        progress.accept(event);
      }
    }

    @Override
    public void failed(RunFailed failure) {
      throw new DiffstreamException(
          failure.errorCode().orUnsupported(),
          "task " + failure.taskId() + ": " + failure.message());
    }

    @Override
    public void published(DiffPublished published) {
      if (!published.claimsVersion()) {
        return;
      }
      say.accept(
          published.taskId(),
          "published " + published.digest() + ", waiting for registry and gateway");
    }

    @Override
    public void announced(VersionAnnounced announced) {
      say.accept(announced.taskId(), "announced as generation " + announced.generation());
    }

    @Override
    public void resident(GatewayResidency residency) {
      if (residency.state() == GatewayResidency.State.FAILED) {
        ErrorCode code =
            residency.errorCode() == null
                ? ErrorCode.SELF_TEST_FAILED
                : residency.errorCode().orUnsupported();
        throw new DiffstreamException(
            code, "gateway " + residency.gatewayId() + ": " + residency.message());
      }
      if (residency.state() != GatewayResidency.State.LOADED) {
        return; // it tests a version that serves once it has passed
      }
      if (residency.version() == 0) {
        examineProvisional(residency);
        return;
      }
      served.putIfAbsent(residency.taskId(), secondsSinceSent(residency.taskId()));
      String what = "served, version " + residency.version() + ", diff " + residency.digest();
      if (!what.equals(said.put(residency.taskId(), what))) { // else it adds what it has found
        say.accept(residency.taskId(), what);
      }
    }

    private void examineProvisional(GatewayResidency residency) {
      String id = residency.taskId();
      double seconds = secondsSinceSent(id);
      DemoTask task =
          DemoTask.ALL.stream().filter(known -> known.id().equals(id)).findFirst().orElse(null);
      String digest = residency.digest();
      if (task == null || digest == null || served.containsKey(id) || provisional.containsKey(id)) {
        return;
      }
      try {
        double accuracy = accuracy(task, task.rows(Side.TEST), digest);
        provisional.put(id, new FirstAnswer(seconds, accuracy));
        say.accept(id, "answered by a provisional, a head alone, while the diff is learned");
      } catch (DiffstreamException e) {
        if (e.code() != ErrorCode.DIGEST_MISMATCH) {
          throw e;
        } // the diff came meanwhile
      }
    }

    @Override
    public void stopped(GatewayFarewell farewell) {
      // a gateway that stops is started again by the deployment and loads its tasks anew
    }
  }

  private DemoResult.Row examine(DemoTask task, ObjectStore store, Arrivals arrivals) {
    FirstAnswer first = arrivals.provisional.get(task.id());
    JsonNode version =
        new HttpJson(connection.registryUrl()).get("/v1/tasks/" + task.id() + "/versions/1");
    String digest = version.path("digest").asText();
    List<DemoTask.Row> test = task.rows(Side.TEST);
    NaiveBayes baseline = new NaiveBayes(task.rows(Side.TRAIN));
    BaseDescriptor base = base(store, version.path("baseDigest").asText());
    return new DemoResult.Row(
        task.id(),
        task.rows().size(),
        baseline.majority(test),
        baseline.accuracy(test),
        accuracy(task, test, digest),
        version.path("density").asDouble(),
        version.path("bytes").asLong(),
        base.bytes(),
        arrivals.served.getOrDefault(task.id(), Double.NaN),
        first == null ? null : (Double) first.accuracy(),
        first == null ? null : (Double) first.seconds(),
        digest,
        test.size(),
        version.path("version").asLong());
  }

  private static BaseDescriptor base(ObjectStore store, String digest) {
    String key = ObjectKeys.baseDescriptor(digest);
    byte[] json =
        store
            .get(key, 1 << 24)
            .orElseThrow(() -> new DiffstreamException(ErrorCode.BASE_UNKNOWN, "no object " + key));
    return Json.read(json, BaseDescriptor.class, key);
  }

  private double accuracy(DemoTask task, List<DemoTask.Row> test, String digest) {
    int right = 0;
    for (int from = 0; from < test.size(); from += QUESTIONS_PER_REQUEST) {
      List<DemoTask.Row> rows =
          test.subList(from, Math.min(test.size(), from + QUESTIONS_PER_REQUEST));
      List<Prediction> predictions =
          gateway.infer(task.id(), rows.stream().map(DemoTask.Row::question).toList());
      for (int i = 0; i < rows.size(); i++) {
        if (!predictions.get(i).digest().equals(digest)) {
          throw new DiffstreamException(
              ErrorCode.DIGEST_MISMATCH,
              "task "
                  + task.id()
                  + " was answered by "
                  + predictions.get(i).digest()
                  + ", expected "
                  + digest);
        }
        right += predictions.get(i).label().equals(rows.get(i).label()) ? 1 : 0;
      }
    }
    return right / (double) test.size();
  }

  /** Asks each task one question that stands in no data set. */
  public void ask(PrintStream out) {
    out.println();
    for (DemoTask task : DemoTask.ALL) {
      Question question = task.question();
      Prediction answer = gateway.infer(task.id(), List.of(question)).get(0);
      out.println(
          task.id()
              + ": \""
              + question.text()
              + "\""
              + (question.textPair() == null ? "" : " / \"" + question.textPair() + "\""));
      out.println(
          "  -> "
              + answer.label()
              + ", by diff "
              + answer.digest()
              + " (version "
              + answer.version()
              + ")");
    }
  }
}
