package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.base.Base;
import dev.diffstream.gateway.model.TinyBertDiffs;
import dev.diffstream.gateway.model.TinyBertDiffs.Written;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasTarget;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Two gateways behind a balancer that looks at their readiness, clients that ask them all the time,
 * and meanwhile new versions, ways back and rolling restarts. Every question has an answer, of a
 * version that served at that gateway between question and answer, and with that version's scores.
 *
 * <p>{@code swap.count} says how many versions; a tenth as many ways back and a hundredth as many
 * restarts.
 */
final class SwapsUnderLoadTest {
  private static final long SEED = Long.getLong("diffstream.test.seed", 41);
  private static final int SWAPS = Integer.getInteger("swap.count", 100);
  private static final int TASKS = 4;
  private static final int VARIANTS = 5;
  private static final int CLIENTS = 6;
  private static final double TOLERANCE = 1e-4;
  private static final List<String> TEXTS =
      List.of("the cat sat", "a man is eating food", "x", "stock market very good on the mat");

  private final Random random = new Random(SEED);
  private final InMemoryBackends backends = new InMemoryBackends();
  private final RollingGateways gateways = new RollingGateways(backends, 2);
  private final HttpClient client = HttpClient.newHttpClient();
  private final List<List<Written>> variants = new ArrayList<>();
  private final List<TaskHistory> histories = new ArrayList<>();
  private final AtomicBoolean done = new AtomicBoolean();
  private final AtomicLong answered = new AtomicLong();
  private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();

  @AfterEach
  void close() {
    client.close();
    gateways.close();
  }

  private static String name(int task) {
    return "task-" + task;
  }

  @Test
  void everyQuestionIsAnsweredByAVersionThatServed() throws Exception {
    System.out.println("seed " + SEED + ", swap.count " + SWAPS);
    writeDiffs();
    gateways.startAll();
    for (int task = 0; task < TASKS; task++) {
      announce(task, 1);
      announce(task, 2);
    }
    List<Thread> clients =
        IntStream.range(0, CLIENTS)
            .mapToObj(i -> Thread.ofVirtual().start(() -> ask(new Random(SEED + i))))
            .toList();
    Thread restarts = Thread.ofPlatform().start(this::restart);
    int swaps = 0;
    int back = 0;
    for (int i = 0; i < SWAPS + SWAPS / 10 && faults.isEmpty(); i++) {
      int task = random.nextInt(TASKS);
      TaskHistory history = histories.get(task);
      if (i % 11 == 10) {
        announce(task, history.previous());
        back++;
      } else {
        announce(task, history.newestVersion() + 1);
        swaps++;
      }
    }
    restarts.join();
    done.set(true);
    for (Thread each : clients) {
      each.join();
    }
    System.out.printf(
        "%d swaps, %d ways back, %d restarts, %d answers%n",
        swaps, back, gateways.restarts(), answered.get());
    assertThat(faults).isEmpty();
    assertThat(swaps).isEqualTo(SWAPS);
    assertThat(back).isEqualTo(SWAPS / 10);
    assertThat(gateways.restarts()).isEqualTo(restartCount());
    assertThat(answered.get()).isGreaterThan(SWAPS);
  }

  private static int restartCount() {
    return Math.max(1, SWAPS / 100);
  }

  private void writeDiffs() {
    try (Base base = TinyBertDiffs.base()) {
      TinyBertDiffs diffs = new TinyBertDiffs(base, random);
      for (int task = 0; task < TASKS; task++) {
        List<Written> ofTask = new ArrayList<>();
        for (int variant = 0; variant < VARIANTS; variant++) {
          Written diff = diffs.next(name(task), TEXTS);
          backends.store.put(ObjectKeys.diff(diff.digest()), diff.file(), Map.of());
          ofTask.add(diff);
        }
        variants.add(ofTask);
        histories.add(new TaskHistory());
      }
    }
  }

  private Written variant(int task, long version) {
    return variants.get(task).get((int) (version % VARIANTS));
  }

  /** The next generation of a task; returns when every gateway in rotation serves it. */
  private void announce(int task, long version) throws InterruptedException {
    TaskHistory history = histories.get(task);
    long before = history.champion();
    long generation = history.next(version);
    AliasTarget champion = target(task, version);
    backends.announce(
        name(task),
        generation,
        before == 0
            ? Map.of("champion", champion)
            : Map.of("champion", champion, "previous", target(task, before)));
    gateways.awaitServed(name(task), generation);
  }

  private AliasTarget target(int task, long version) {
    return new AliasTarget(version, variant(task, version).digest(), gateways.baseDigest());
  }

  private void restart() {
    try {
      for (int i = 0; i < restartCount() && faults.isEmpty(); i++) {
        gateways.restart(i % 2);
      }
    } catch (Exception e) {
      faults.add("restart: " + e);
    }
  }

  private void ask(Random ofClient) {
    while (!done.get() && faults.isEmpty()) {
      int task = ofClient.nextInt(TASKS);
      int text = ofClient.nextInt(TEXTS.size());
      RollingGateways.Slot slot = gateways.inRotation(ofClient);
      long from = slot.served(name(task));
      try {
        HttpResponse<byte[]> answer = client.send(request(slot, task, text), ofBytes());
        String fault =
            answer.statusCode() == 200
                ? fault(task, text, from, Json.parse(answer.body(), "answer"))
                : answer.statusCode() + " " + TinyGateway.text(answer);
        if (fault.isEmpty()) {
          answered.incrementAndGet();
        } else {
          faults.add(name(task) + ": " + fault);
        }
      } catch (Exception e) {
        faults.add("lost: " + e);
      }
    }
  }

  private static HttpResponse.BodyHandler<byte[]> ofBytes() {
    return BodyHandlers.ofByteArray();
  }

  private static HttpRequest request(RollingGateways.Slot slot, int task, int text) {
    Map<String, Object> input =
        Map.of(
            "name",
            "text",
            "shape",
            List.of(1),
            "datatype",
            "BYTES",
            "data",
            List.of(TEXTS.get(text)));
    URI uri =
        URI.create("http://127.0.0.1:%d/v2/models/%s/infer".formatted(slot.port(), name(task)));
    return HttpRequest.newBuilder(uri)
        .timeout(TinyGateway.TIMEOUT)
        .POST(BodyPublishers.ofByteArray(Json.write(Map.of("inputs", List.of(input)))))
        .build();
  }

  /** What is wrong with an answer; empty if nothing is. */
  private String fault(int task, int text, long from, JsonNode answer) {
    long version = Long.parseLong(answer.path("model_version").asText("-1"));
    if (!histories.get(task).servedSince(from, version)) {
      return "version %d, which has not served since generation %d: %s"
          .formatted(version, from, histories.get(task));
    }
    Written expected = variant(task, version);
    if (!answer.path("parameters").path("digest").asText().equals(expected.digest())) {
      return "another diff than version " + version + " has: " + answer;
    }
    for (JsonNode output : answer.path("outputs")) {
      if (output.path("name").asText().equals("scores")) {
        for (int label = 0; label < expected.expected()[text].length; label++) {
          double difference =
              output.path("data").path(label).asDouble(9) - expected.expected()[text][label];
          if (!(Math.abs(difference) <= TOLERANCE)) {
            return "other scores than version " + version + " gives: " + answer;
          }
        }
        return "";
      }
    }
    return "no scores: " + answer;
  }
}
