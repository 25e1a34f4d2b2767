package dev.diffstream.cli.bench.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.Connection;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.embedded.EmbeddedKafka;
import dev.diffstream.embedded.MinioProcess;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.TopicSetup;
import dev.diffstream.objectstore.S3ObjectStore;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;

/**
 * Fills a MinIO server with tasks, rebuilds what is derived from them, starts a registry and asks
 * it. Figures follow a check of what it answers.
 */
public final class RegistryBenchmark {
  private static final String BUCKET = "diffstream";
  private static final String KEY = "benchmark-key";
  private static final int PAGE = 100;
  private static final int WARM_UP = 30;

  private final Path home;
  private final Path minio;
  private final RegistryOptions options;
  private final PlannedTasks tasks;
  private final Consumer<String> say;
  private final Random random = new Random(1);
  private final Map<String, Object> figures = new LinkedHashMap<>();

  /**
   * @param home the folder that holds the built modules
   * @param minio the server's program
   * @param say hears what is being done
   */
  public RegistryBenchmark(Path home, Path minio, RegistryOptions options, Consumer<String> say) {
    this.home = home;
    this.minio = minio;
    this.options = options;
    this.tasks = new PlannedTasks(options.tasks(), options.versions());
    this.say = say;
  }

  /**
   * @param directory for the data of store and broker, and logs
   * @return figures by name
   */
  public Map<String, Object> run(Path directory) {
    figures.put("tasks", options.tasks());
    figures.put("versions", options.versions());
    figures.put("cores", Runtime.getRuntime().availableProcessors());
    try (MinioProcess server = MinioProcess.start(minio, directory.resolve("s3"), KEY, KEY);
        EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"), 0)) {
      Connection connection =
          new Connection(
              Map.of(
                  "diffstream.kafka.bootstrap-servers",
                  kafka.bootstrapServers(),
                  "diffstream.s3.endpoint",
                  server.endpoint().toString(),
                  "diffstream.s3.bucket",
                  BUCKET,
                  "diffstream.s3.access-key",
                  KEY,
                  "diffstream.s3.secret-key",
                  KEY));
      TopicSetup.run(connection.kafka());
      try (S3ObjectStore store = connection.openStore();
          EventLog log = connection.openLog()) {
        store.createBucketIfMissing();
        fill(store);
        rebuild(connection.environment(), directory);
        measure(connection.environment(), directory, log);
      }
    }
    return figures;
  }

  private void fill(S3ObjectStore store) {
    long began = System.nanoTime();
    long objects = new BucketFill(store, tasks, say).run();
    figures.put("objects", objects);
    figures.put("fillSeconds", seconds(began));
    say.accept("filled: " + objects + " objects in " + figures.get("fillSeconds") + " s");
  }

  /** Makes snapshot and announcements from the bucket alone. */
  private void rebuild(Map<String, String> environment, Path directory) {
    long began = System.nanoTime();
    try {
      Process process =
          RegistryJvm.command(home, options.maxHeapMiB(), environment, "rebuild", "--json")
              .redirectError(directory.resolve("rebuild.log").toFile())
              .start();
      byte[] said = process.getInputStream().readAllBytes();
      RegistryCheck.expect("status of the rebuild", 0, process.waitFor());
      figures.put("rebuildSeconds", seconds(began));
      JsonNode result = Json.parse(lastLine(said), "the rebuild's result");
      RegistryCheck.expect("tasks of the rebuild", tasks.tasks(), result.path("tasks").asInt());
      RegistryCheck.expect(
          "versions of the rebuild", tasks.versions(), result.path("versions").asInt());
      RegistryCheck.expect("announcements", tasks.tasks(), result.path("lacking").asInt());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
    say.accept("rebuilt in " + figures.get("rebuildSeconds") + " s");
  }

  private static byte[] lastLine(byte[] said) {
    String[] lines = new String(said, java.nio.charset.StandardCharsets.UTF_8).strip().split("\n");
    return lines[lines.length - 1].getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  private void measure(Map<String, String> environment, Path directory, EventLog log) {
    try (AnnouncementReplay replay = new AnnouncementReplay(log)) {
      figures.put("replayPerSecond", Math.round(replay.run()));
      RegistryCheck.expect("announced tasks", tasks.tasks(), replay.newest().size());
      long began = System.nanoTime();
      try (RegistryJvm registry =
          RegistryJvm.start(
              home, options.maxHeapMiB(), environment, directory.resolve("registry.log"))) {
        registry.awaitReady();
        figures.put("startSeconds", seconds(began));
        say.accept("ready after " + figures.get("startSeconds") + " s");
        RegistryCheck check = new RegistryCheck(registry.http(), tasks);
        check.counts();
        check.samples(options.samples() / 4, random);
        say.accept("counts, aliases and history are right");
        figures.put("pageMillis", durations(i -> page(registry.http())));
        figures.put("consolePageMillis", consolePages(registry));
        figures.put("historyMillis", durations(i -> history(registry.http())));
        figures.put("moveMillis", durations(i -> move(registry.http(), replay, i)));
        figures.put("heapMiB", registry.heapMiB());
        figures.put("maxHeapMiB", options.maxHeapMiB());
      }
    }
  }

  private Durations durations(IntToLongFunction request) {
    return Durations.of(
        IntStream.range(0, WARM_UP + options.samples()).mapToLong(request).skip(WARM_UP).toArray());
  }

  /** A page somewhere in the list of all tasks. */
  private long page(HttpJson http) {
    int task = random.nextInt(tasks.tasks());
    long began = System.nanoTime();
    JsonNode page = http.get("/v1/tasks?limit=" + PAGE + "&after=" + PlannedTasks.id(task));
    long took = System.nanoTime() - began;
    int expected = Math.min(PAGE, tasks.tasks() - task - 1);
    RegistryCheck.expect("size of a page", expected, page.path("tasks").size());
    return took;
  }

  private Durations consolePages(RegistryJvm registry) {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return durations(i -> consolePage(registry, client));
    }
  }

  private long consolePage(RegistryJvm registry, HttpClient client) {
    int task = random.nextInt(tasks.tasks() - 1);
    HttpRequest request =
        HttpRequest.newBuilder(registry.url().resolve("/console?after=" + PlannedTasks.id(task)))
            .build();
    try {
      long began = System.nanoTime();
      HttpResponse<String> page = client.send(request, HttpResponse.BodyHandlers.ofString());
      long took = System.nanoTime() - began;
      RegistryCheck.expect(
          "a task on the page", true, page.body().contains(PlannedTasks.id(task + 1)));
      return took;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** What served at a time between the two generations of a task. */
  private long history(HttpJson http) {
    int task = random.nextInt(tasks.tasks());
    String at = PlannedTasks.made(task, 1).plusSeconds(60).toString();
    long began = System.nanoTime();
    JsonNode answer = http.get("/v1/tasks/" + PlannedTasks.id(task) + "/moves?at=" + at);
    long took = System.nanoTime() - began;
    RegistryCheck.expect("the generation of then", 1, answer.at("/moves/0/generation").asInt());
    return took;
  }

  /** From the request to the announcement on the topic; each time another task. */
  private long move(HttpJson http, AnnouncementReplay replay, int index) {
    int task = (int) ((long) index * tasks.tasks() / (WARM_UP + options.samples()));
    String id = PlannedTasks.id(task);
    Map<String, Object> move = Map.of("kind", "withdraw", "generation", 2, "reason", "benchmark");
    long began = System.nanoTime();
    http.postRepeatably("/v1/tasks/" + id + "/moves", move, UUID.randomUUID().toString());
    return replay.await(id, 3, began + TimeUnit.MINUTES.toNanos(1)) - began;
  }

  private static double seconds(long began) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began) / 1_000.0;
  }
}
