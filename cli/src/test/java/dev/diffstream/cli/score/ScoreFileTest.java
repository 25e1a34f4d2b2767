package dev.diffstream.cli.score;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.diffstream.cli.Main;
import dev.diffstream.cli.client.Connection;
import dev.diffstream.schemas.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Files against a server that answers as a gateway does. */
@Timeout(60)
class ScoreFileTest {
  private static final String REFUSED = "refuse me";

  @TempDir private Path directory;
  private final Map<String, Integer> asked = new ConcurrentHashMap<>();
  private final AtomicInteger overloaded = new AtomicInteger();
  private volatile int breaksAfter = Integer.MAX_VALUE;
  private final StringWriter errors = new StringWriter();
  private final HttpServer server;

  ScoreFileTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/v1/tasks/reviews/predict", this::answer);
  }

  @BeforeEach
  void start() {
    server.start();
    String url = "http://127.0.0.1:" + server.getAddress().getPort();
    new Connection(Map.of(Connection.GATEWAY_URL, url)).write(directory);
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  /** The label of a text is itself in capitals; of a request with a text to refuse, none. */
  private void answer(HttpExchange exchange) throws IOException {
    JsonNode body = Json.parse(exchange.getRequestBody().readAllBytes(), "request");
    if (overloaded.getAndDecrement() > 0) {
      send(exchange, 503, Map.of("error", "OVERLOADED: later"));
      return;
    }
    List<Object> predictions = new ArrayList<>();
    for (JsonNode text : body.path("texts")) {
      if (text.asText().equals(REFUSED)) {
        send(exchange, 400, Map.of("error", "INVALID_REQUEST: texts[0] is refused"));
        return;
      }
      asked.merge(text.asText(), 1, Integer::sum);
      Map<String, Object> prediction = new LinkedHashMap<>();
      prediction.put("label", text.asText().toUpperCase(java.util.Locale.ROOT));
      prediction.put("confidence", 0.75);
      prediction.put("truncated", false);
      predictions.add(prediction);
    }
    if (asked.size() > breaksAfter) {
      send(exchange, 404, Map.of("error", "TASK_UNKNOWN: no task reviews is served here"));
      return;
    }
    send(
        exchange,
        200,
        Map.of("task", "reviews", "version", 3, "digest", "d", "predictions", predictions));
  }

  private static void send(HttpExchange exchange, int status, Object answer) throws IOException {
    byte[] bytes = Json.write(answer);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private int score(Path file, String... options) {
    List<String> arguments =
        new ArrayList<>(List.of("score", "--data-dir", directory.toString(), "reviews"));
    arguments.add(file.toString());
    arguments.addAll(List.of(options));
    CommandLine command = Main.commandLine();
    command.setErr(new PrintWriter(errors, true));
    return command.execute(arguments.toArray(String[]::new));
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(directory.resolve(name), content);
  }

  @Test
  void everyLineOfJsonHasItsPlaceAndItsAnswer() throws IOException {
    Path file =
        write(
            "in.jsonl",
            """
            {"id":1,"text":"good"}

            {"id":2}
            no object
            {"id":4,"text":"refuse me"}
            {"text":"bad","id":5}
            """);
    overloaded.set(2);
    assertThat(score(file)).isEqualTo(1);
    assertThat(Files.readString(directory.resolve("in.scored.jsonl")))
        .isEqualTo(
            """
            {"id":1,"text":"good","prediction":{"confidence":0.75,"label":"GOOD","truncated":false,"version":3,"digest":"d"}}
            {"id":2,"prediction":{"error":"INVALID_REQUEST: line 3 has no text in its field text"}}
            {"line":"no object","prediction":{"error":"INVALID_REQUEST: line 4 is not JSON: Unrecognized token 'no': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"}}
            {"id":4,"text":"refuse me","prediction":{"error":"INVALID_REQUEST: texts[0] is refused"}}
            {"text":"bad","id":5,"prediction":{"confidence":0.75,"label":"BAD","truncated":false,"version":3,"digest":"d"}}
            """);
    assertThat(directory.resolve("in.scored.jsonl.progress")).doesNotExist();
  }

  @Test
  void aTableKeepsItsColumns() throws IOException {
    Path file =
        write(
            "in.csv",
            "\ufeffid,review\n1,\"good, very\"\n2,\"two\nlines\"\n3\n4,good,more\n5,\"a \"\"b\"\"\"\n");
    assertThat(score(file, "--text", "review", "--field", "p")).isEqualTo(1);
    assertThat(Files.readString(directory.resolve("in.scored.csv")))
        .isEqualTo(
            """
            id,review,p,p_confidence,p_truncated,p_version,p_digest,p_error
            1,"good, very","GOOD, VERY",0.75,false,3,d,
            2,"two
            lines","TWO
            LINES",0.75,false,3,d,
            3,,,,,,,"INVALID_REQUEST: row 4 has 1 fields, the header 2"
            4,good,more,,,,,,"INVALID_REQUEST: row 5 has 3 fields, the header 2"
            5,"a ""b""\","A ""B""\",0.75,false,3,d,
            """);
  }

  @Test
  void whatWasCutOffGoesOnAndHasTheSameBytes() throws IOException {
    StringBuilder lines = new StringBuilder("text\n");
    for (int i = 0; i < 500; i++) {
      lines.append("text ").append(i).append('\n');
    }
    Path file = write("in.tsv", lines.toString());
    Path whole = directory.resolve("whole.tsv");
    assertThat(score(file, "--out", whole.toString(), "--batch", "7")).isZero();
    asked.clear();
    breaksAfter = 200;
    Path resumed = directory.resolve("resumed.tsv");
    assertThat(score(file, "--out", resumed.toString(), "--batch", "7")).isEqualTo(1);
    assertThat(errors.toString()).contains("TASK_UNKNOWN: no task reviews is served here");
    assertThat(resumed).doesNotExist();
    Map<String, Integer> before = Map.copyOf(asked);
    breaksAfter = Integer.MAX_VALUE;
    assertThat(score(file, "--out", resumed.toString(), "--batch", "9")).isZero();
    assertThat(resumed).hasSameTextualContentAs(whole);
    assertThat(asked).hasSize(500);
    assertThat(before.keySet().stream().filter(text -> asked.getOrDefault(text, 0) == 1).count())
        .as("what was answered and written is not asked again")
        .isGreaterThan(100);
  }

  @Test
  void halfOfAnotherFileIsNotGoneOnWith() throws IOException {
    Path file = write("in.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n");
    breaksAfter = 1;
    assertThat(score(file, "--batch", "1", "--parallel", "1")).isEqualTo(1);
    write("in.jsonl", "{\"text\":\"c\"}\n");
    breaksAfter = Integer.MAX_VALUE;
    assertThat(score(file)).isEqualTo(2);
    assertThat(errors.toString()).contains("was begun for another input, task or other options");
    write("in.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n");
    assertThat(score(file)).isZero();
    assertThat(score(file)).isEqualTo(2);
    assertThat(errors.toString()).contains("in.scored.jsonl is there already");
  }

  @Test
  void packedFilesAreReadAndOtherBytesRefused() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed)) {
      out.write("{\"text\":\"ä\"}\n".getBytes(UTF_8));
    }
    Path file = Files.write(directory.resolve("in.jsonl.gz"), packed.toByteArray());
    assertThat(score(file)).isZero();
    assertThat(Files.readString(directory.resolve("in.scored.jsonl"))).contains("\"label\":\"Ä\"");
    Path latin = Files.write(directory.resolve("l.csv"), "text\nä\n".getBytes(ISO_8859_1));
    assertThat(score(latin)).isEqualTo(2);
    assertThat(errors.toString()).contains("expected UTF-8 in ", "l.csv, it has other bytes");
  }

  @Test
  void wrongUseIsToldBeforeAnythingIsAsked() throws IOException {
    assertThat(score(directory.resolve("none.csv"))).isEqualTo(2);
    assertThat(errors.toString()).contains("none.csv: no such file");
    assertThat(score(write("in.txt", "x"))).isEqualTo(2);
    assertThat(errors.toString()).contains("expected a file .jsonl, .csv or .tsv, got .txt");
    assertThat(score(write("in.csv", "id,title\n1,x\n"))).isEqualTo(2);
    assertThat(errors.toString())
        .contains("expected a column text in the first line, it has [id, title]");
    assertThat(asked).isEmpty();
  }
}
