package dev.diffstream.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.base.mixed.KernelPass;
import dev.diffstream.gateway.cache.DiskCache;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.inference.InferenceThread;
import dev.diffstream.gateway.inference.ModelPreparer;
import dev.diffstream.gateway.model.Example;
import dev.diffstream.gateway.model.TextModel;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.DenseHead;
import dev.diffstream.schemas.diff.model.Diff.ProbeAnswers;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.Objective;
import io.opentelemetry.api.OpenTelemetry;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A program, no test: how long a gateway over MiniLM takes to be ready with diffs of 0.5 % that lie
 * on its disk, while the object store is away. {@code prepare DIR COUNT} writes the diffs, {@code
 * start DIR} measures in a fresh process. The log is in memory; the disk is that of DIR.
 */
final class StartTimes {
  private static final double DENSITY = 0.005;
  private static final int KINDS = 8;
  private static final int OUTPUTS = 3;
  private static final int THREADS = 2;

  private StartTimes() {}

  public static void main(String[] arguments) throws Exception {
    TensorEngine.useThreads(1);
    Path directory = Path.of(arguments[1]);
    Base base = Base.miniLm();
    double baseSeconds = sinceStart();
    TextModel model = new TextModel(base, new KernelPass(base, THREADS), 512);
    if (arguments[0].equals("prepare")) {
      prepare(model, base, directory, Integer.parseInt(arguments[2]));
    } else {
      System.out.printf("base loaded %.2f s after the JVM's start%n", baseSeconds);
      start(model, directory);
    }
    System.exit(0);
  }

  private static double sinceStart() {
    return (System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime())
        / 1000.0;
  }

  private static void prepare(TextModel model, Base base, Path directory, int count)
      throws Exception {
    Random random = new Random(1);
    DiskCache cache = DiskCache.open(directory.resolve("cache"), 1L << 40, InstantSource.system());
    String fingerprint = new ModelPreparer(model, new InferenceThread(model, 1)).fingerprint();
    List<Diff> kinds = new ArrayList<>();
    for (int i = 0; i < KINDS; i++) {
      kinds.add(kind(model, base, random));
    }
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Diff kind = kinds.get(i % KINDS);
      DiffMetadata metadata = metadata(model, "task-" + i, (int) kind.metadata().nonzeros());
      byte[] bytes =
          DiffWriter.write(new Diff(metadata, kind.tensors(), kind.head(), kind.probes()));
      String digest = Sha256.of(bytes);
      cache.write(digest, bytes, Map.of());
      cache.tested(digest, fingerprint);
      lines.add("task-" + i + " " + digest);
    }
    Files.write(directory.resolve("tasks"), lines);
    System.out.printf(
        "%d diffs of %d nonzeros, %d bytes in all%n",
        count, kinds.getFirst().metadata().nonzeros(), cache.bytes());
  }

  private static void start(TextModel model, Path directory) throws Exception {
    InMemoryBackends backends = new InMemoryBackends();
    List<String> tasks = Files.readAllLines(directory.resolve("tasks"));
    for (String line : tasks) {
      String[] fields = line.split(" ");
      backends.announce(fields[0], 1, model.baseDigest(), fields[1]);
    }
    GatewaySettings plain = InMemoryBackends.settings();
    GatewaySettings settings =
        new GatewaySettings(
            plain.id(),
            List.of("minilm"),
            new GatewaySettings.Listening(
                "127.0.0.1",
                0,
                GatewaySettings.NOT_SERVED,
                GatewaySettings.NOT_SERVED,
                false,
                Duration.ZERO),
            plain.limits(),
            plain.metricTasks(),
            plain.diffs(),
            new GatewaySettings.Computing("cpu", THREADS, "fp32", 512),
            new ResidencySettings(
                directory.resolve("cache"), 4L << 30, 8, 2L << 30, Set.of(), 256L << 20));
    long begin = System.nanoTime();
    try (GatewayServer server =
            GatewayServer.start(settings, model, away(), backends.log, OpenTelemetry.noop());
        HttpClient client = HttpClient.newHttpClient()) {
      while (get(client, server, "/v2/health/ready").statusCode() != 200) {
        Thread.onSpinWait();
      }
      System.out.printf(
          "ready after %.2f s, %.2f s after the JVM's start%n",
          (System.nanoTime() - begin) / 1e9, sinceStart());
      System.out.println(get(client, server, "/health").body());
      while (backends.residency().size() < tasks.size()) {
        Thread.onSpinWait();
      }
      System.out.printf("residency told %.2f s after the JVM's start%n", sinceStart());
      metrics(client, server);
    }
  }

  private static void metrics(HttpClient client, GatewayServer server) throws Exception {
    get(client, server, "/prometheus")
        .body()
        .lines()
        .filter(line -> line.matches("diffstream_gateway_(cache|resident|failed|previous).*"))
        .forEach(System.out::println);
    Runtime.getRuntime().gc();
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    System.out.printf("heap in use %d MiB%n", heap >> 20);
    Files.readAllLines(Path.of("/proc/self/status"), UTF_8).stream()
        .filter(line -> line.startsWith("VmRSS") || line.startsWith("VmHWM"))
        .forEach(System.out::println);
  }

  private static HttpResponse<String> get(HttpClient client, GatewayServer server, String path)
      throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server.port() + path);
    return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  private static ObjectStore away() {
    return (ObjectStore)
        Proxy.newProxyInstance(
            ObjectStore.class.getClassLoader(),
            new Class<?>[] {ObjectStore.class},
            (proxy, method, arguments) -> {
              throw new DiffstreamException(ErrorCode.OVERLOADED, "the store is away");
            });
  }

  private static Diff kind(TextModel model, Base base, Random random) {
    List<SparseTensor> tensors = new ArrayList<>();
    int nonzeros = 0;
    for (Parameter parameter : base.parameters()) {
      int count = (int) Math.round(DENSITY * parameter.size());
      int[] positions = random.ints(0, parameter.size()).distinct().limit(count).sorted().toArray();
      tensors.add(
          new SparseTensor(
              parameter.name(), parameter.shape(), positions, gaussians(random, count, 0.02f)));
      nonzeros += count;
    }
    int features = base.encoder().featureCount(false);
    DenseHead head =
        new DenseHead(
            OUTPUTS, features, gaussians(random, OUTPUTS * features, 0.1f), new float[OUTPUTS]);
    Diff plain = new Diff(metadata(model, "kind", nonzeros), tensors, head, null);
    PreparedDiff prepared = model.prepare(plain);
    List<Example> probes = model.probes(plain.metadata());
    float[] logits = new float[OUTPUTS * probes.size()];
    for (int i = 0; i < probes.size(); i++) {
      System.arraycopy(model.probe(prepared, probes.get(i)), 0, logits, OUTPUTS * i, OUTPUTS);
    }
    return new Diff(
        plain.metadata(), tensors, head, new ProbeAnswers(probes.size(), OUTPUTS, logits));
  }

  private static float[] gaussians(Random random, int count, float deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      // as a file of 16 bits gives them back
      values[i] =
          Float.float16ToFloat(Float.floatToFloat16(deviation * (float) random.nextGaussian()));
    }
    return values;
  }

  private static DiffMetadata metadata(TextModel model, String task, int nonzeros) {
    return DiffMetadata.learned()
        .baseDigest(model.baseDigest())
        .baseName(model.baseName())
        .baseParameters(22_565_376)
        .taskId(task)
        .objective(Objective.CLASSIFICATION)
        .method("diff-pruning")
        .precision(ValuePrecision.FP16)
        .nonzeros(nonzeros)
        .labels(List.of("a", "b", "c"))
        .features(model.featureKind(Objective.CLASSIFICATION, PairEncoding.SEPARATE))
        .maxTokens(128)
        .metrics(Map.of("score", 0.9, "majority", 0.5))
        .tokenizerDigest(model.inputDigest())
        .dataDigest(Sha256.of("data"))
        .seed(1)
        .codeVersion("test")
        .build();
  }
}
