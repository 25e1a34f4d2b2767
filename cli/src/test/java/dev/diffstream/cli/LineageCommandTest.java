package dev.diffstream.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.diffstream.cli.client.Connection;
import dev.diffstream.schemas.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command against a server that answers as a registry does. */
class LineageCommandTest {
  private static final String VERSION = "/v1/tasks/mail/versions/2";
  private static final String LINEAGE =
      """
      {"taskId":"mail","version":2,"digest":"abcd","bytes":4711,"created":"2026-03-01T12:00:00Z",
       "base":{"digest":"cdef","name":"minilm"},"objective":"classification","method":"diff-pruning",
       "data":{"digest":"8989","files":[{"use":"train","uri":"s3://b/tasks/mail/data/a.csv","bytes":5120,"digest":"7676","rows":100}],
               "examples":{"dev":10,"train":80}},
       "event":{"source":"/shop","id":"e-1\\u001b[2K","place":"diffstream.tasks/0/7"},
       "settings":{"density":"0.005","seed":"42"},"seed":"42",
       "environment":{"codeVersion":"0.1.0","program":"build-1","device":"cpu","threads":4,"vectorLanes":8},
       "runId":"run-1","attempt":2,
       "attempts":[{"attempt":1,"worker":"w-1","started":"2026-03-01T11:00:00Z"},
                   {"attempt":2,"worker":"w-2","started":"2026-03-01T11:30:00Z","finished":"2026-03-01T12:00:00Z","outcome":"published","resumed":true}],
       "traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","parents":[],
       "report":{"key":"runs/run-1/attempts/2/report.json","state":"unchanged"},
       "provenance":{"key":"runs/run-1/attempts/2/provenance.json","state":"verified","keyId":"5555"}}""";

  private final Map<String, String> answers = new ConcurrentHashMap<>();
  private final HttpServer server;
  private final Path directory;
  private final StringWriter errors = new StringWriter();

  LineageCommandTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String found = answers.get(exchange.getRequestURI().getPath());
          String unknown =
              "{\"error\":{\"code\":\"VERSION_UNKNOWN\",\"message\":\"there is none\"}}";
          byte[] body = (found == null ? unknown : found).getBytes(UTF_8);
          exchange.sendResponseHeaders(found == null ? 404 : 200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
  }

  @BeforeEach
  void start() {
    server.start();
    new Connection(
            Map.of(
                Connection.REGISTRY_URL,
                "http://127.0.0.1:" + server.getAddress().getPort(),
                "diffstream.kafka.bootstrap-servers",
                "127.0.0.1:1",
                "diffstream.s3.access-key",
                "a",
                "diffstream.s3.secret-key",
                "b"))
        .write(directory);
    answers.put("/v1/tasks/mail", "{\"aliases\":{\"champion\":{\"version\":2}}}");
    answers.put(VERSION + "/lineage", LINEAGE);
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void theChampionsLineageIsToldInFull() {
    String told = output(0, "lineage", "mail");
    assertThat(told)
        .contains("mail, version 2", "minilm, cdef", "10 dev, 80 train", "density=0.005 seed=42")
        .contains("s3://b/tasks/mail/data/a.csv, 100 rows, 5120 bytes, 7676")
        .contains("e-1\\u001b[2K of /shop at diffstream.tasks/0/7")
        .contains("0.1.0 (build-1) on cpu, 4 threads, 8 floats at once")
        .contains("attempt 1  w-1, began 2026-03-01T11:00:00Z, no report")
        .contains("went on from what was kept, published 2026-03-01T12:00:00Z")
        .contains("0af7651916cd43dd8448eb211c80319c")
        .contains("verified by key 5555")
        .doesNotContain("parents", "deleted", "\u001b");
  }

  @Test
  void whatIsUnknownIsLeftOut() {
    answers.put(
        VERSION + "/lineage",
        """
        {"taskId":"mail","version":2,"digest":"abcd","bytes":4711,"created":"2026-03-01T12:00:00Z",
         "base":{"digest":"cdef"},"objective":"classification","method":"diff-pruning",
         "event":{"source":"/shop","id":"e-1","place":"unknown"},"runId":"run-1","attempts":[],"parents":["0101"],
         "report":{"key":"r","state":"missing"},"provenance":{"key":"p","state":"absent"},
         "deleted":{"actor":"ada","reason":"personal data"}}""");
    assertThat(output(0, "lineage", "mail", "2"))
        .contains("mail, version 2, deleted", "0101", "missing: r", "absent: p")
        .contains("by ada, personal data")
        .doesNotContain("data  ", "settings", "seed", "computed", "attempt", "trace", "null");
  }

  @Test
  void whatWasChangedIsAnExitCode() {
    answers.put(
        VERSION + "/lineage",
        LINEAGE.replace(
            "\"state\":\"verified\",\"keyId\":\"5555\"",
            "\"state\":\"invalid\",\"problem\":\"it was changed\""));
    assertThat(output(1, "lineage", "mail")).contains("invalid: runs/", "(it was changed)");
    answers.put(VERSION + "/lineage", LINEAGE.replace("unchanged", "changed"));
    assertThat(output(1, "lineage", "mail")).contains("changed: runs/");
  }

  @Test
  void theStatementIsSavedByteByByte() throws IOException {
    String statement = "{\"payload\": \"größer\"}\n";
    answers.put(VERSION + "/provenance", statement);
    Path file = directory.resolve("statement.json");
    String told = output(0, "lineage", "mail", "--json", "--provenance", file.toString());
    assertThat(Files.readString(file)).isEqualTo(statement);
    assertThat(Json.parse(told.getBytes(UTF_8), "output"))
        .isEqualTo(Json.parse(LINEAGE.getBytes(UTF_8), "lineage"));
  }

  @Test
  void whatIsNotThereIsSaid() {
    Path file = directory.resolve("statement.json");
    assertThat(output(1, "lineage", "mail", "--provenance", file.toString())).isEmpty();
    assertThat(file).doesNotExist();
    assertThat(errors.toString()).contains("there is none");
    output(1, "lineage", "mail", "7");
    answers.put("/v1/tasks/mail", "{\"aliases\":{}}");
    output(1, "lineage", "mail");
    assertThat(errors.toString()).contains("task mail has no champion; name a version");
    output(2, "lineage", "mail", "latest");
    assertThat(errors.toString()).contains("latest");
  }

  private String output(int status, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data-dir", directory.toString()));
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, UTF_8));
    try {
      assertThat(
              Main.commandLine()
                  .setErr(new PrintWriter(errors, true))
                  .execute(all.toArray(String[]::new)))
          .isEqualTo(status);
    } finally {
      System.setOut(before);
    }
    return out.toString(UTF_8);
  }
}
