package dev.diffstream.registry.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a classification from the forms of fine-tuning files: chats whose last turn is the
 * assistant's, prompts with completions, or texts with labels. What the assistant says is the
 * label.
 */
final class TrainingRows {
  private static final int MAX_LABEL_CHARS = 200;
  private static final int MAX_LABELS = 1_000;
  private static final int MAX_FAULTS = 20;
  private static final int MAX_LINE_BYTES = 1 << 20;
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private final OutputStream rows;
  private final Set<String> labels = new HashSet<>();
  private final List<String> faults = new ArrayList<>();
  private int count;

  /** What the rows are for. */
  enum Use {
    TRAINING,
    /** They may all have one label. */
    HELD_OUT
  }

  private TrainingRows(OutputStream rows) {
    this.rows = rows;
  }

  /**
   * Writes JSON Lines with {@code text} and {@code label}.
   *
   * @param name of the file, for messages
   * @throws DiffstreamException INVALID_RECORD with the numbers of the lines that are no such rows,
   *     or TOO_FEW_EXAMPLES if all that are to be learned have one label
   */
  static void convert(InputStream file, String name, Use use, OutputStream out) throws IOException {
    TrainingRows rows = new TrainingRows(out);
    InputStream in = new BufferedInputStream(file);
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int number = 0;
    int next;
    do {
      line.reset();
      int length = 0;
      for (next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
        if (++length <= MAX_LINE_BYTES) {
          line.write(next);
        }
      }
      number++;
      if (length > MAX_LINE_BYTES) {
        rows.fault(number, "has more than " + MAX_LINE_BYTES + " bytes");
      } else {
        rows.add(line.toString(StandardCharsets.UTF_8), number);
      }
    } while (next >= 0);
    rows.check(name, use);
  }

  private void add(String line, int number) throws IOException {
    String json = number == 1 && line.startsWith(BYTE_ORDER_MARK) ? line.substring(1) : line;
    if (json.isBlank()) {
      return;
    }
    try {
      JsonNode row = Json.parse(json.getBytes(StandardCharsets.UTF_8), "line " + number);
      ObjectNode converted =
          row.has("messages")
              ? chat(row.path("messages"))
              : row.has("prompt")
                  ? pair(row.path("prompt"), row.path("completion"), "prompt", "completion")
                  : pair(row.path("text"), row.path("label"), "text", "label");
      if (labels.size() <= MAX_LABELS) {
        labels.add(converted.path("label").asText());
      }
      rows.write(Json.write(converted));
      rows.write('\n');
      count++;
    } catch (IllegalArgumentException e) {
      fault(number, e.getMessage());
    } catch (DiffstreamException e) {
      fault(number, "is not JSON");
    }
  }

  private void fault(int number, @Nullable String reason) {
    if (faults.size() < MAX_FAULTS) {
      faults.add("line " + number + " " + reason);
    } else if (faults.size() == MAX_FAULTS) {
      faults.add("…");
    }
  }

  /** One question and one answer; what the system says is the same for all and is left out. */
  private static ObjectNode chat(JsonNode messages) {
    String question = null;
    String answer = null;
    for (JsonNode message : messages) {
      String role = message.path("role").asText();
      if (answer != null) {
        throw new IllegalArgumentException("has a turn after the assistant's");
      }
      switch (role) {
        case "system", "developer" -> {}
        case "user" -> {
          if (question != null) {
            throw new IllegalArgumentException("has several turns of the user");
          }
          question = content(message, "user");
        }
        case "assistant" -> answer = content(message, "assistant");
        default ->
            throw new IllegalArgumentException(
                "has a turn of role " + Bounded.value(role) + ", expected user and assistant");
      }
    }
    if (question == null || answer == null) {
      throw new IllegalArgumentException("lacks a turn of the user or of the assistant");
    }
    return row(question, answer);
  }

  private static String content(JsonNode message, String role) {
    JsonNode content = message.path("content");
    if (!content.isTextual()) {
      throw new IllegalArgumentException("has a turn of the " + role + " that is no text");
    }
    return content.asText();
  }

  private static ObjectNode pair(JsonNode text, JsonNode label, String first, String second) {
    if (!text.isTextual() || !label.isValueNode() || label.isNull()) {
      throw new IllegalArgumentException(
          "is no row: expected messages, or prompt and completion, or text and label; "
              + (text.isTextual() ? second : first)
              + " lacks");
    }
    return row(text.asText(), label.asText());
  }

  private static ObjectNode row(String text, String label) {
    String word = label.strip();
    if (text.isBlank()) {
      throw new IllegalArgumentException("has an empty text");
    }
    if (word.isEmpty()) {
      throw new IllegalArgumentException("has an empty label");
    }
    if (word.length() > MAX_LABEL_CHARS || word.indexOf('\n') >= 0) {
      throw new IllegalArgumentException(
          "has an answer of %d characters; an answer must be a label of one line, at most %d long"
              .formatted(word.length(), MAX_LABEL_CHARS));
    }
    return JsonNodeFactory.instance.objectNode().put("text", text.strip()).put("label", word);
  }

  private void check(String name, Use use) {
    if (!faults.isEmpty()) {
      throw new DiffstreamException(
          ErrorCode.INVALID_RECORD, name + ": " + String.join("; ", faults));
    }
    if (count == 0) {
      throw new DiffstreamException(ErrorCode.TOO_FEW_EXAMPLES, name + " has no rows");
    }
    if (use == Use.TRAINING && labels.size() == 1) {
      throw new DiffstreamException(
          ErrorCode.TOO_FEW_EXAMPLES,
          "%s has one label alone: %s".formatted(name, Bounded.value(labels.iterator().next())));
    }
    if (use == Use.TRAINING
        && (labels.size() > MAX_LABELS || labels.size() > Math.max(2, count / 2))) {
      throw new DiffstreamException(
          ErrorCode.INVALID_RECORD,
          "%s has %s answers for %d rows: the assistant's turns are no labels of a classification"
              .formatted(
                  name,
                  labels.size() > MAX_LABELS ? "more than " + MAX_LABELS : labels.size(),
                  count));
    }
  }
}
