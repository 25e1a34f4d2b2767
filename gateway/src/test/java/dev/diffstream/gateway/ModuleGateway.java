package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.model.Example;
import dev.diffstream.gateway.model.ModuleModel;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.DenseHead;
import dev.diffstream.schemas.diff.model.Diff.ProbeAnswers;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.Objective;
import io.opentelemetry.api.OpenTelemetry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A gateway over one of base-model's small TorchScript modules. Of its two tasks {@code good} is
 * served; the probe answers in the file of {@code broken} are not those that the base gives.
 */
final class ModuleGateway implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path MODULES =
      Path.of("..", "lib", "base-model", "src", "test", "resources", "modules");

  final InMemoryBackends backends = new InMemoryBackends();
  final ModuleModel model;
  private final HttpClient client = HttpClient.newHttpClient();
  private final GatewayServer server;

  /**
   * @param name of the module's folder
   */
  ModuleGateway(String name) {
    model = new ModuleModel(base(name));
    server =
        GatewayServer.start(
            InMemoryBackends.settings(), model, backends.store, backends.log, OpenTelemetry.noop());
    Base base = base(name);
    Parameter changed = base.parameters().getFirst();
    try (ModuleModel author = new ModuleModel(base)) {
      backends.announce("good", 1, author.baseDigest(), diff(author, changed, "good", 0));
      backends.announce("broken", 1, author.baseDigest(), diff(author, changed, "broken", 1));
    }
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (backends.residency().size() < 2) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private static Base base(String name) {
    return Base.fromDirectory(MODULES.resolve(name));
  }

  static float[] noise(int count) {
    Random random = new Random(2);
    float[] values = new float[count];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private byte[] diff(ModuleModel author, Parameter changed, String task, float probeError) {
    SparseTensor tensor =
        new SparseTensor(
            changed.name(), changed.shape(), new int[] {0, 3}, new float[] {0.5f, -0.5f});
    float[] weight = new float[32];
    Random random = new Random(1);
    for (int i = 0; i < weight.length; i++) {
      weight[i] = (float) random.nextGaussian();
    }
    DiffMetadata metadata = metadata(task, Objective.CLASSIFICATION, 2);
    DenseHead head = new DenseHead(2, 16, weight, new float[2]);
    Diff plain = new Diff(metadata, List.of(tensor), head, null);
    PreparedDiff prepared = author.prepare(plain);
    List<Example> probes = author.probes(metadata);
    float[] logits = new float[2 * probes.size()];
    for (int i = 0; i < probes.size(); i++) {
      System.arraycopy(author.probe(prepared, probes.get(i)), 0, logits, 2 * i, 2);
    }
    logits[0] += probeError;
    ProbeAnswers answers = new ProbeAnswers(probes.size(), 2, logits);
    return DiffWriter.write(new Diff(metadata, List.of(tensor), head, answers));
  }

  DiffMetadata metadata(String task, Objective objective, int nonzeros) {
    return DiffMetadata.learned()
        .baseDigest(model.baseDigest())
        .baseName(model.baseName())
        .baseParameters(1000)
        .taskId(task)
        .objective(objective)
        .method("diff-pruning")
        .precision(ValuePrecision.FP32)
        .nonzeros(nonzeros)
        .labels(List.of("a", "b"))
        .features("module")
        .maxTokens(128)
        .metrics(Map.of("score", 0.9, "majority", 0.5))
        .tokenizerDigest(model.inputDigest())
        .dataDigest(Sha256.of("data"))
        .seed(1)
        .codeVersion("test")
        .build();
  }

  static String body(String name, String type, String shape, float[] values) throws Exception {
    return "{\"inputs\":[{\"name\":\"%s\",\"datatype\":\"%s\",\"shape\":%s,\"data\":%s}]}"
        .formatted(name, type, shape, JSON.writeValueAsString(values));
  }

  HttpResponse<String> get(String path) throws Exception {
    return client.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString());
  }

  HttpResponse<String> post(String path, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofString(body)).build();
    return send(request);
  }

  HttpResponse<String> send(HttpRequest request) throws Exception {
    return client.send(request, BodyHandlers.ofString());
  }

  URI uri(String path) {
    return URI.create("http://localhost:" + server.port() + path);
  }

  static JsonNode json(HttpResponse<String> response) throws Exception {
    return JSON.readTree(response.body());
  }

  @Override
  public void close() {
    server.close();
    client.close();
    model.close();
  }
}
