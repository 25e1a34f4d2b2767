package dev.diffstream.cli.bench.load;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntSupplier;

/** Asks as a plan says, over connections that are kept, and compares every answer. */
public final class Clients implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final LoadPlan plan;
  private final HttpClient http;
  private final ExecutorService threads;
  private final List<HttpRequest.BodyPublisher> bodies = new ArrayList<>();
  private final List<URI> urls = new ArrayList<>();
  private long phases;

  public Clients(LoadPlan plan) {
    this.plan = plan;
    this.threads = Executors.newVirtualThreadPerTaskExecutor();
    this.http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    for (String text : plan.texts()) {
      Map<String, Object> input =
          Map.of("name", "text", "shape", List.of(1), "datatype", "BYTES", "data", List.of(text));
      bodies.add(
          HttpRequest.BodyPublishers.ofByteArray(Json.write(Map.of("inputs", List.of(input)))));
    }
    for (LoadPlan.Task task : plan.tasks()) {
      urls.add(URI.create(plan.url() + "/v2/models/" + task.id() + "/infer"));
    }
  }

  /**
   * Asks the first {@code tasks} tasks for so long, by Zipf's law. Questions under way at the end
   * are waited for.
   */
  public PhaseResult ask(int tasks, Duration time) throws InterruptedException {
    Zipf zipf = new Zipf(tasks);
    phases++;
    long began = System.nanoTime();
    long end = began + time.toNanos();
    List<Future<Tally>> running = new ArrayList<>();
    for (int client = 0; client < plan.clients(); client++) {
      SplittableRandom random = new SplittableRandom(1_000 * phases + client);
      running.add(threads.submit(() -> loop(() -> zipf.draw(random), random, end)));
    }
    return all(running).result(tasks, (System.nanoTime() - began) / 1e9);
  }

  /**
   * One client asks the second task for so long, while others ask the first one.
   *
   * @param flooding clients of the first task
   * @return times of the one client alone; what was wrong or lost, of all
   */
  public PhaseResult alone(int flooding, Duration time) throws InterruptedException {
    phases++;
    long began = System.nanoTime();
    long end = began + time.toNanos();
    List<Future<Tally>> flood = new ArrayList<>();
    for (int client = 0; client < flooding; client++) {
      SplittableRandom random = new SplittableRandom(1_000 * phases + client);
      flood.add(threads.submit(() -> loop(() -> 0, random, end)));
    }
    SplittableRandom random = new SplittableRandom(1_000 * phases + flooding);
    Tally one = loop(() -> 1, random, end);
    one.addFaults(all(flood));
    return one.result(1, (System.nanoTime() - began) / 1e9);
  }

  private Tally all(List<Future<Tally>> running) throws InterruptedException {
    Tally all = new Tally(plan.texts().size());
    for (Future<Tally> one : running) {
      try {
        all.add(one.get());
      } catch (ExecutionException e) {
        throw new IllegalStateException("a client ended", e.getCause());
      }
    }
    return all;
  }

  private Tally loop(IntSupplier task, SplittableRandom random, long end)
      throws InterruptedException {
    Tally tally = new Tally(plan.texts().size());
    while (System.nanoTime() < end) {
      one(task.getAsInt(), random.nextInt(plan.texts().size()), tally);
    }
    return tally;
  }

  private void one(int task, int text, Tally tally) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(urls.get(task))
            .timeout(TIMEOUT)
            .header("content-type", "application/json")
            .POST(bodies.get(text))
            .build();
    long began = System.nanoTime();
    try {
      HttpResponse<byte[]> answer = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      long nanos = System.nanoTime() - began;
      if (answer.statusCode() != 200) {
        String body = new String(answer.body(), StandardCharsets.UTF_8);
        tally.lost("%s: %d %s".formatted(request.uri(), answer.statusCode(), body));
        return;
      }
      String fault = fault(plan.tasks().get(task), text, answer.body());
      if (fault.isEmpty()) {
        tally.right(text, nanos);
      } else {
        tally.wrong(request.uri() + ": " + fault);
      }
    } catch (IOException e) {
      tally.lost(request.uri() + ": " + e);
    }
  }

  /** What is wrong with an answer; empty if nothing is. */
  private String fault(LoadPlan.Task task, int text, byte[] body) {
    JsonNode answer;
    try {
      answer = Json.parse(body, "answer");
    } catch (DiffstreamException e) {
      return e.getMessage();
    }
    String digest = answer.path("parameters").path("digest").asText();
    List<List<Double>> expected = task.scores().get(digest);
    if (expected == null) {
      return "answered by " + digest + ", which is no version of the task";
    }
    JsonNode scores = scores(answer);
    List<Double> right = expected.get(text);
    if (scores.size() != right.size()) {
      return "expected %d scores, got %s".formatted(right.size(), scores);
    }
    for (int i = 0; i < right.size(); i++) {
      if (!(Math.abs(scores.get(i).asDouble() - right.get(i)) <= plan.tolerance())) {
        return "expected the scores %s, got %s".formatted(right, scores);
      }
    }
    return "";
  }

  private static JsonNode scores(JsonNode answer) {
    for (JsonNode output : answer.path("outputs")) {
      if (output.path("name").asText().equals("scores")) {
        return output.path("data");
      }
    }
    return answer.path("none");
  }

  @Override
  public void close() {
    threads.shutdownNow();
    http.close();
  }
}
