package dev.diffstream.cli.score;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * An object a line. The output has all its fields and the prediction as one more; a line that is no
 * object stands there as {@code line}. Empty lines are left out.
 *
 * @param pair field of the second text, of tasks that compare two; else null
 * @param field of the prediction
 */
record JsonLines(String text, @Nullable String pair, String field)
    implements RowFormat<ObjectNode> {
  @Override
  public String header() {
    return "";
  }

  @Override
  public Rows<ObjectNode> read(BufferedReader in) {
    return new Lines(in);
  }

  private final class Lines implements Rows<ObjectNode> {
    private final BufferedReader in;
    private @Nullable String next;
    private long number;

    Lines(BufferedReader in) {
      this.in = in;
    }

    @Override
    public boolean hasNext() {
      try {
        while (next == null) {
          String line = in.readLine();
          if (line == null) {
            return false;
          }
          number++;
          next = line.isBlank() ? null : line;
        }
        return true;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public Row<ObjectNode> next() {
      if (!hasNext() || next == null) {
        throw new NoSuchElementException();
      }
      String line = next;
      next = null;
      return row(line, number);
    }
  }

  private Row<ObjectNode> row(String line, long number) {
    JsonNode parsed;
    try {
      parsed = Json.parse(line.getBytes(StandardCharsets.UTF_8), "line " + number);
    } catch (DiffstreamException e) {
      return Row.faulty(unread(line), "INVALID_REQUEST: " + e.reason());
    }
    if (!(parsed instanceof ObjectNode object)) {
      return Row.faulty(unread(line), "INVALID_REQUEST: line " + number + " is no JSON object");
    }
    if (!object.path(text).isTextual()) {
      return Row.faulty(object, missing(number, text));
    }
    if (pair != null && !object.path(pair).isTextual()) {
      return Row.faulty(object, missing(number, pair));
    }
    return Row.of(
        object, object.path(text).asText(), pair == null ? null : object.path(pair).asText());
  }

  private static ObjectNode unread(String line) {
    return JsonNodeFactory.instance.objectNode().put("line", line);
  }

  private static String missing(long number, String name) {
    return "INVALID_REQUEST: line " + number + " has no text in its field " + name;
  }

  @Override
  public String write(Row<ObjectNode> row, RowPrediction prediction) {
    ObjectNode out = row.original().deepCopy();
    out.set(field, prediction.json());
    return out + "\n";
  }
}
