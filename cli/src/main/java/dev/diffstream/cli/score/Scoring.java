package dev.diffstream.cli.score;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Asks a gateway what a task says to rows. What is overloaded, loading or away is asked again until
 * patience ends; a row that cannot be answered spoils no other.
 *
 * <p>Thread-safe.
 *
 * @param options further fields of each request
 * @param patience how long one question is asked again
 */
record Scoring(HttpJson gateway, String task, Map<String, Object> options, Duration patience) {
  private static final Duration MIN_PAUSE = Duration.ofMillis(200);
  private static final Duration MAX_PAUSE = Duration.ofSeconds(5);

  /** A prediction for each row, in order. */
  <T> List<RowPrediction> of(List<Row<T>> rows) throws InterruptedException {
    List<Row<T>> asked = rows.stream().filter(row -> row.text() != null).toList();
    List<RowPrediction> found = asked.isEmpty() ? List.of() : ask(asked);
    List<RowPrediction> all = new ArrayList<>();
    int next = 0;
    for (Row<T> row : rows) {
      all.add(row.text() == null ? RowPrediction.failed("" + row.fault()) : found.get(next++));
    }
    return all;
  }

  private <T> List<RowPrediction> ask(List<Row<T>> rows) throws InterruptedException {
    try {
      JsonNode answer = patiently(body(rows));
      return IntStream.range(0, rows.size())
          .mapToObj(i -> RowPrediction.of(answer.path("predictions").path(i), answer))
          .toList();
    } catch (DiffstreamException e) {
      if (e.code() != ErrorCode.INVALID_REQUEST) {
        throw e;
      }
      if (rows.size() == 1) {
        return List.of(RowPrediction.failed(String.valueOf(e.getMessage())));
      }
      List<RowPrediction> alone = new ArrayList<>();
      for (Row<T> row : rows) {
        alone.addAll(ask(List.of(row)));
      }
      return alone;
    }
  }

  private <T> Map<String, Object> body(List<Row<T>> rows) {
    Map<String, Object> body = new LinkedHashMap<>(options);
    body.put("texts", rows.stream().map(Row::text).toList());
    if (rows.getFirst().textPair() != null) {
      body.put("text_pairs", rows.stream().map(Row::textPair).toList());
    }
    return body;
  }

  private JsonNode patiently(Map<String, Object> body) throws InterruptedException {
    Duration pause = MIN_PAUSE;
    long begin = System.nanoTime();
    while (true) {
      try {
        return gateway.post("/v1/tasks/" + task + "/predict", body);
      } catch (DiffstreamException e) {
        if (!e.code().retryable() || System.nanoTime() - begin > patience.toNanos()) {
          throw e;
        }
        Thread.sleep(pause);
        pause = pause.compareTo(MAX_PAUSE) < 0 ? pause.multipliedBy(2) : pause;
      }
    }
  }
}
