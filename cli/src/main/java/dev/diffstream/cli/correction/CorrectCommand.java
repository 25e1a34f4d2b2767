package dev.diffstream.cli.correction;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.display.ForeignText;
import dev.diffstream.cli.option.ConnectionOptions;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says what the right label of a text is. */
@Command(
    name = "correct",
    mixinStandardHelpOptions = true,
    description = {
      "Says what the right label of a text is: it is learned from when the task is learned again.",
      "`rules` says when that is; `--answered` with the same label confirms an answer."
    })
public final class CorrectCommand implements Callable<Integer> {
  @Mixin private ConnectionOptions options = new ConnectionOptions();

  @Parameters(index = "0", paramLabel = "TASK")
  private String task = "";

  @ArgGroup(multiplicity = "1", exclusive = true)
  private Source source = new Source();

  @Option(names = "--json", description = "Print what was written as JSON.")
  private boolean json;

  /** One correction, or a file of them. */
  static final class Source {
    @ArgGroup(exclusive = false)
    private @Nullable One one;

    @Option(
        names = "--file",
        paramLabel = "FILE",
        description =
            "JSON Lines with text, label and perhaps textPair, answered, answerId, digest and newLabel. Called again with the same file, it writes nothing twice.")
    private @Nullable Path file;
  }

  /** One correction. */
  static final class One {
    @Option(names = "--text", required = true)
    private String text = "";

    @Option(names = "--pair", paramLabel = "TEXT", description = "The second text, of pairs.")
    private @Nullable String pair;

    @Option(names = "--label", required = true, description = "The right one.")
    private String label = "";

    @Option(names = "--answered", paramLabel = "LABEL", description = "What was answered.")
    private @Nullable String answered;

    @Option(names = "--answer", paramLabel = "ID", description = "The answer's id.")
    private @Nullable String answerId;

    @Option(names = "--digest", description = "Of the diff that answered, as the answer says it.")
    private @Nullable String digest;

    @Option(
        names = "--new-label",
        description = "The label may be one that the task does not know yet.")
    private boolean newLabel;

    Map<String, Object> body() {
      Map<String, Object> body = new TreeMap<>(Map.of("text", text, "label", label));
      put(body, "textPair", pair);
      put(body, "answered", answered);
      put(body, "answerId", answerId);
      put(body, "digest", digest);
      if (newLabel) {
        body.put("newLabel", true);
      }
      return body;
    }

    private static void put(Map<String, Object> body, String name, @Nullable String value) {
      if (value != null) {
        body.put(name, value);
      }
    }
  }

  @Override
  public Integer call() {
    HttpJson registry = new HttpJson(options.connection().registryUrl());
    if (source.file != null) {
      return all(registry, source.file);
    }
    One one = source.one == null ? new One() : source.one;
    print(send(registry, one.body(), UUID.randomUUID().toString()));
    return 0;
  }

  private JsonNode send(HttpJson registry, Object body, String requestId) {
    return registry.postRepeatably(
        "/v1/tasks/" + HttpJson.encoded(task) + "/corrections", body, requestId);
  }

  private void print(JsonNode made) {
    System.out.println(
        json
            ? Json.writeText(made)
            : "correction %d of task %s: %s"
                .formatted(
                    made.path("number").asLong(),
                    ForeignText.line(task),
                    ForeignText.line(made.path("label").asText())));
  }

  /** Lines are told apart by their number and text, so that a file may be sent once more. */
  private int all(HttpJson registry, Path file) {
    int number = 0;
    int refused = 0;
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (!line.isBlank() && !isSent(registry, line, number)) {
          refused++;
        }
      }
    } catch (IOException e) {
      throw new DiffstreamException(ErrorCode.DATA_UNREADABLE, file + " cannot be read: " + e, e);
    }
    if (refused > 0) {
      System.err.println(refused + " of " + number + " lines were refused");
    }
    return refused == 0 ? 0 : 1;
  }

  private boolean isSent(HttpJson registry, String line, int number) {
    try {
      JsonNode body = Json.parse(line.getBytes(StandardCharsets.UTF_8), "the line");
      print(send(registry, body, "line-" + number + "-" + Sha256.of(line).substring(0, 32)));
      return true;
    } catch (DiffstreamException e) {
      if (e.code().retryable() || e.code() == ErrorCode.TASK_UNKNOWN) {
        throw e; // so would every other line
      }
      System.err.println("line " + number + ": " + ForeignText.line(e.getMessage()));
      return false;
    }
  }
}
