package dev.diffstream.cli.demo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.GatewayClient.Question;
import dev.diffstream.schemas.data.HeldOutSplit;
import dev.diffstream.schemas.data.HeldOutSplit.Side;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.json.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A data set that comes with the command, and the question that the demo asks of it at the end. */
record DemoTask(String id, Objective objective, Question question) {
  static final List<DemoTask> ALL =
      List.of(
          new DemoTask(
              "support-topic",
              Objective.CLASSIFICATION,
              new Question("The courier left my package with a neighbour I have never met.", null)),
          new DemoTask(
              "review-sentiment",
              Objective.CLASSIFICATION,
              new Question(
                  "I would happily pay twice as much for a second evening like this one.", null)),
          new DemoTask(
              "same-question",
              Objective.PAIR_CLASSIFICATION,
              new Question(
                  "How do I get rid of ants in the kitchen?",
                  "What keeps ants away from my cupboards?")));

  /** A labelled row. */
  record Row(Question question, String label) {
    HeldOutSplit.Row forSplit() {
      return new HeldOutSplit.Row(question.text(), question.textPair(), label);
    }
  }

  InputStream file() {
    return new ByteArrayInputStream(bytes());
  }

  List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    new String(bytes(), StandardCharsets.UTF_8)
        .lines()
        .forEach(
            line -> {
              JsonNode row = Json.parse(line.getBytes(StandardCharsets.UTF_8), id);
              JsonNode pair = row.get("textPair");
              rows.add(
                  new Row(
                      new Question(row.get("text").asText(), pair == null ? null : pair.asText()),
                      row.get("label").asText()));
            });
    return rows;
  }

  /** The rows on one side of the split that the worker makes of this file. */
  List<Row> rows(Side side) {
    List<Row> rows = rows();
    List<Side> sides = HeldOutSplit.of(rows.stream().map(Row::forSplit).toList());
    List<Row> chosen = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      if (sides.get(i) == side) {
        chosen.add(rows.get(i));
      }
    }
    return chosen;
  }

  private byte[] bytes() {
    try (InputStream in = DemoTask.class.getResourceAsStream(id + ".jsonl")) {
      if (in == null) {
        throw new IllegalStateException("the command comes without " + id + ".jsonl");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
