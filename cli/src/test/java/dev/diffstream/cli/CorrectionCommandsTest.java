package dev.diffstream.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.diffstream.cli.client.Connection;
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
import picocli.CommandLine;

/** correct, rules and retrainings against a server that answers as a registry does. */
class CorrectionCommandsTest {
  private static final String RULE =
      "{\"taskId\":\"t\",\"number\":3,\"corrections\":20,\"cooldownSeconds\":5400,\"budget\":{\"perDay\":4},\"actor\":\"ada\",\"created\":\"2026-01-02T03:04:05Z\"}";

  private record Asked(String method, String uri, String body, String requestId) {}

  private final Map<String, String> answers = new ConcurrentHashMap<>();
  private final List<Asked> asked = new ArrayList<>();
  private final HttpServer server;
  private final Path directory;

  CorrectionCommandsTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
          String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
          asked.add(
              new Asked(
                  exchange.getRequestMethod(),
                  exchange.getRequestURI().toString(),
                  body,
                  String.valueOf(key)));
          boolean refuses = body.contains("wrong");
          String found = answers.get(exchange.getRequestURI().getPath());
          byte[] answer =
              (refuses || found == null
                      ? "{\"error\":{\"code\":\"LABEL_MISMATCH\",\"message\":\"the label\\u001b\"}}"
                      : found)
                  .getBytes(UTF_8);
          exchange.sendResponseHeaders(refuses || found == null ? 422 : 200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
  }

  @BeforeEach
  void start() {
    server.start();
    String url = "http://127.0.0.1:" + server.getAddress().getPort();
    new Connection(Map.of(Connection.REGISTRY_URL, url)).write(directory);
    answers.put("/v1/tasks/t/corrections", "{\"number\":7,\"label\":\"y\\u001b[2K\"}");
    answers.put("/v1/tasks/t/rules", RULE);
    answers.put(
        "/v1/tasks/t/rules/evaluation",
        "{\"rule\":"
            + RULE
            + ",\"conditions\":[{\"name\":\"corrections\",\"met\":false,\"says\":\"12 corrections\"}],\"limits\":[{\"name\":\"cooldown\",\"holdsBack\":true,\"says\":\"5400 s\",\"until\":\"2026-01-02T04:34:05Z\"}],\"fires\":false}");
    answers.put(
        "/v1/tasks/t/retrainings",
        "{\"retrainings\":[{\"retraining\":{\"number\":2,\"created\":\"2026-01-02T03:04:05Z\",\"conditions\":[{\"says\":\"20 corrections\"}]},\"runId\":\"run-1\",\"state\":\"failed\",\"message\":\"score 0.8\"}]}");
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void oneCorrectionIsSentWithWhatWasSaidOfIt() {
    assertThat(
            call(
                0,
                "correct",
                "t",
                "--text",
                "a",
                "--label",
                "y",
                "--answer",
                "id-1",
                "--new-label"))
        .contains("correction 7 of task t: y\\u001b");
    assertThat(asked.getFirst().body())
        .isEqualTo("{\"answerId\":\"id-1\",\"label\":\"y\",\"newLabel\":true,\"text\":\"a\"}");
  }

  @Test
  void aFileIsSentLineByLineAndAgainByTheSameIds() throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("c.jsonl"),
            "{\"text\":\"a\",\"label\":\"y\"}\n\n{\"text\":\"b\",\"label\":\"wrong\"}\nno json\n{\"text\":\"a\",\"label\":\"y\"}\n");
    String output = call(1, "correct", "t", "--file", file.toString());
    assertThat(output)
        .contains("line 3: LABEL_MISMATCH")
        .contains("line 4: ")
        .contains("2 of 5 lines were refused");
    List<String> ids = asked.stream().map(Asked::requestId).toList();
    assertThat(ids).hasSize(3).doesNotHaveDuplicates();
    asked.clear();
    call(1, "correct", "t", "--file", file.toString());
    assertThat(asked).extracting(Asked::requestId).isEqualTo(ids);
  }

  @Test
  void aRuleIsShownSetTriedAndRemoved() {
    assertThat(call(0, "rules", "t"))
        .contains("rule 3 by ada: after 20 corrections; every 5400 s at most, 4 a day")
        .contains("not met")
        .contains("holds back  cooldown        5400 s, until 2026-01-02T04:34:05Z")
        .contains("it is not learned again now");
    call(0, "rules", "t", "--corrections", "20", "--cooldown", "90m", "--per-day", "4");
    assertThat(asked.getLast().method()).isEqualTo("PUT");
    assertThat(asked.getLast().body())
        .isEqualTo("{\"budget\":{\"perDay\":4},\"cooldownSeconds\":5400,\"corrections\":20}");
    call(0, "rules", "t", "--confidence-drift", "4.5");
    assertThat(asked.getLast().body()).isEqualTo("{\"confidenceDrift\":4.5}");
    answers.put("/v1/tasks/t/rules", RULE.replace("\"corrections\":20", "\"confidenceDrift\":4.5"));
    assertThat(call(0, "rules", "t", "--confidence-drift", "4.5"))
        .contains("of the latest answers is 4.5 standard errors away");
    call(0, "rules", "t", "--quality-below", "0.9", "--dry-run", "--json");
    assertThat(asked.getLast().uri()).endsWith("/rules?dryRun=true");
    assertThat(call(0, "rules", "t", "--remove", "--reason", "a b")).contains("removed: ");
    assertThat(asked.getLast().uri()).endsWith("/rules?reason=a+b");
  }

  @Test
  void whatIsNoRuleIsSaidAndNotSent() {
    assertThat(call(2, "rules", "t", "--cooldown", "1h")).contains("needs a condition");
    assertThat(call(2, "rules", "t", "--remove", "--corrections", "3")).contains("--remove");
    assertThat(call(2, "rules", "t", "--corrections", "3", "--cooldown", "soon"))
        .contains("cooldown", "soon");
    assertThat(call(2, "correct", "t")).contains("--text");
    assertThat(asked).isEmpty();
  }

  @Test
  void retrainingsAreListedWithTheirReasons() {
    assertThat(call(0, "retrainings", "t"))
        .contains("run-1", "failed", "20 corrections", "score 0.8");
  }

  private String call(int status, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data-dir", directory.toString()));
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    StringWriter faults = new StringWriter();
    PrintStream stream = new PrintStream(printed, true, UTF_8);
    System.setOut(stream);
    System.setErr(stream);
    try {
      CommandLine command = Main.commandLine().setErr(new PrintWriter(faults, true));
      assertThat(command.execute(all.toArray(String[]::new)))
          .as(printed + "%s", faults)
          .isEqualTo(status);
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
    return printed.toString(UTF_8) + faults;
  }
}
