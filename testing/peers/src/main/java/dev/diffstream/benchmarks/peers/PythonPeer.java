package dev.diffstream.benchmarks.peers;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.schemas.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URISyntaxException;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * MiniLM in Python's libraries, in a child process that takes turns with this one; {@code
 * python/peer.py} says what it is asked. Its own time counts, without the pipe between.
 */
final class PythonPeer implements AutoCloseable {
  private static final int IDLE = -1;

  private final Process process;
  private final Writer questions;
  private final BufferedReader answers;
  private final Path weights;
  private final JsonNode found;

  private record TensorPlace(String name, List<Integer> shape, long first, int size) {}

  private PythonPeer(Process process, Path weights, Map<String, Object> job) {
    this.process = process;
    this.weights = weights;
    this.questions = process.outputWriter(StandardCharsets.UTF_8);
    this.answers = process.inputReader(StandardCharsets.UTF_8);
    this.found = ask(job);
  }

  /** Where {@code testing/peers/install} puts Python and what it needs. */
  private static Path directory() {
    try {
      Path classes =
          Path.of(PythonPeer.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return classes.toAbsolutePath().resolve("../..").normalize();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path python() {
    return directory().resolve("target/venv/bin/python");
  }

  static boolean isInstalled() {
    return Files.exists(python());
  }

  /**
   * @param base MiniLM
   * @param threads of the libraries
   */
  static PythonPeer start(Base base, List<Encoding> texts, Head head, int threads)
      throws IOException {
    Path weights = Files.createTempFile("diffstream-peers-", ".weights");
    Map<String, Object> job = new LinkedHashMap<>();
    job.put("architecture", base.architecture());
    job.put("weights", weights.toString());
    job.put("tensors", write(base, weights));
    job.put("texts", texts.stream().map(PythonPeer::ids).toList());
    job.put("headWeight", rows(head));
    job.put("headBias", values(head.bias(), 0, head.outputs()));
    job.put("threads", threads);
    Process process =
        new ProcessBuilder(python().toString(), directory().resolve("python/peer.py").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    return new PythonPeer(process, weights, job);
  }

  private static List<TensorPlace> write(Base base, Path file) throws IOException {
    List<TensorPlace> tensors = new ArrayList<>();
    long first = 0;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      for (Parameter parameter : base.parameters()) {
        channel.write(parameter.bytes());
        tensors.add(new TensorPlace(parameter.name(), parameter.shape(), first, parameter.size()));
        first += parameter.size();
      }
    }
    return tensors;
  }

  private static List<Integer> ids(Encoding text) {
    return IntStream.range(0, text.length()).mapToObj(text::id).toList();
  }

  private static List<List<Float>> rows(Head head) {
    return IntStream.range(0, head.outputs())
        .mapToObj(row -> values(head.weight(), row * head.features(), head.features()))
        .toList();
  }

  private static List<Float> values(FloatBuffer buffer, int first, int count) {
    return IntStream.range(first, first + count).mapToObj(buffer::get).toList();
  }

  /** What it can be asked for. */
  List<String> ways() {
    List<String> names = new ArrayList<>();
    found.path("ways").forEach(name -> names.add(name.asText()));
    return names;
  }

  /** Why other ways cannot be had. */
  Map<String, String> missing() {
    return texts("missing");
  }

  /** Of the libraries that were found. */
  Map<String, String> versions() {
    return texts("versions");
  }

  private Map<String, String> texts(String field) {
    Map<String, String> texts = new LinkedHashMap<>();
    found.path(field).properties().forEach(e -> texts.put(e.getKey(), e.getValue().asText()));
    return texts;
  }

  /** A row for each text. */
  float[][] logits(String way) {
    JsonNode rows = ask(Map.of("way", way, "what", "logits")).path("logits");
    float[][] logits = new float[rows.size()][];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = new float[rows.path(i).size()];
      for (int k = 0; k < logits[i].length; k++) {
        logits[i][k] = (float) rows.path(i).path(k).asDouble();
      }
    }
    return logits;
  }

  /** The time of one run over all texts. */
  double millis(String way) {
    return ask(Map.of("way", way, "what", "run")).path("millis").asDouble(IDLE);
  }

  private JsonNode ask(Object question) {
    try {
      questions.write(Json.writeText(question).replace("\n", " ") + "\n");
      questions.flush();
      String line = answers.readLine();
      if (line == null) {
        throw new IllegalStateException("peer.py has ended; its reason stands above");
      }
      return Json.parse(line.getBytes(StandardCharsets.UTF_8), "answer of peer.py");
    } catch (IOException e) {
      throw new UncheckedIOException("peer.py has ended; its reason stands above", e);
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      Files.deleteIfExists(weights);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
