package dev.diffstream.worker.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.event.TaskSubmitted.Columns;
import dev.diffstream.schemas.event.TaskSubmittedBuilder;
import dev.diffstream.schemas.event.TaskSubmittedDataSetBuilder;
import dev.diffstream.worker.data.DataSetReader.InvalidRecordsException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataSetReaderTest {
  private static final DataLimits LIMITS = new DataLimits(1000, 100_000, 500, 20);
  private final MemoryObjectStore store = new MemoryObjectStore();
  private final DataSetReader reader =
      new DataSetReader(store, new DataLocation("bucket", List.of("shared/")), LIMITS);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rows.jsonl",
        "rows.csv",
        "rows.tsv",
        "rows.jsonl.gz",
        "rows.csv.gz",
        "ROWS.TSV.GZ"
      })
  void everyFormatGivesTheSameExamples(String name) throws IOException {
    byte[] text = text(name, 100).getBytes(UTF_8);
    put(
        "tasks/t/data/" + name,
        name.toLowerCase(java.util.Locale.ROOT).endsWith(".gz") ? gzip(text) : text);
    DataSet data = reader.read(task("tasks/t/data/" + name));
    assertThat(data.train()).hasSize(80);
    assertThat(data.dev()).hasSize(10);
    assertThat(data.test()).hasSize(10);
    assertThat(data.labels()).containsExactly("a", "b");
    assertThat(data.train()).contains(new Example("text, number \"7\"", null, "b", 0));
  }

  @Test
  void columnsAreNamedByTheEvent() {
    put(
        "tasks/t/data/x.csv",
        "verdict,question,other\n"
            + IntStream.range(0, 30)
                .mapToObj(i -> (i % 2) + ",q" + i + ",o" + i + "\n")
                .collect(Collectors.joining()));
    DataSet data =
        reader.read(
            TaskSubmittedBuilder.builder()
                .taskId("t")
                .objective(Objective.PAIR_REGRESSION)
                .data(
                    TaskSubmittedDataSetBuilder.builder()
                        .train(List.of("s3://bucket/tasks/t/data/x.csv"))
                        .columns(new Columns("question", "other", "verdict"))
                        .build())
                .build());
    assertThat(data.labels()).isEmpty();
    assertThat(data.train()).contains(new Example("q29", "o29", "", 1));
  }

  @ParameterizedTest
  @CsvSource({
    "tasks/other/data/x.jsonl, DATA_FORBIDDEN",
    "s3://elsewhere/tasks/t/data/x.jsonl, DATA_FORBIDDEN",
    "tasks/t/data/../../other/data/x.jsonl, DATA_FORBIDDEN",
    "tasks/t/data//x.jsonl, DATA_FORBIDDEN",
    "https://example.org/x.jsonl, DATA_FORBIDDEN",
    "tasks/t/data/missing.jsonl, DATA_UNREADABLE",
    "tasks/t/data/empty.jsonl, TOO_FEW_EXAMPLES",
    "tasks/t/data/one-label.csv, TOO_FEW_EXAMPLES",
    "tasks/t/data/corrupt.jsonl.gz, DATA_UNREADABLE",
    "tasks/t/data/many.jsonl, QUOTA_EXCEEDED",
    "tasks/t/data/bomb.jsonl.gz, QUOTA_EXCEEDED",
    "tasks/t/data/no-suffix, INVALID_EVENT",
    "tasks/t/data/wrong-column.csv, INVALID_RECORD",
  })
  void badDataHasItsCode(String uri, ErrorCode code) throws IOException {
    put("tasks/other/data/x.jsonl", text("x.jsonl", 50));
    put("tasks/t/data/empty.jsonl", "");
    put(
        "tasks/t/data/one-label.csv",
        "text,label\n"
            + IntStream.range(0, 30)
                .mapToObj(i -> "text " + i + ",a\n")
                .collect(Collectors.joining()));
    put("tasks/t/data/corrupt.jsonl.gz", new byte[] {31, (byte) 139, 8, 0, 1, 2, 3});
    put("tasks/t/data/many.jsonl", text("x.jsonl", 501));
    put("tasks/t/data/bomb.jsonl.gz", gzip("text ".repeat(40_000).getBytes(UTF_8)));
    put("tasks/t/data/no-suffix", "x");
    put("tasks/t/data/wrong-column.csv", "words,label\n" + "x,a\n".repeat(30));
    assertThatThrownBy(() -> reader.read(task(uri)))
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code));
  }

  @ParameterizedTest
  @CsvSource({
    "tasks%2Ft%2Fdata%2Fx.jsonl, not URL-decoded",
    "tasks/t/data/my%20file.jsonl, not URL-decoded",
    "tasks/t/data/, the key of one object",
    "tasks/t/data//x.jsonl, the key of one object",
  })
  void aKeyThatIsNotThatOfOneObjectIsToldSo(String uri, String says) {
    assertThatThrownBy(() -> reader.read(task(uri))).hasMessageContaining(says);
  }

  @Test
  void allowedPrefixesMayBeRead() {
    put("shared/x.jsonl", text("x.jsonl", 50));
    assertThat(reader.read(task("shared/x.jsonl")).train()).isNotEmpty();
  }

  @Test
  void theFirstHundredInvalidRecordsAreListedAndAllAreCounted() {
    put(
        "tasks/t/data/x.jsonl",
        text("x.jsonl", 30)
            + "{\"text\":\"no label\"}\nnot json\n{\"text\":7,\"label\":\"a\"}\n{\"text\":\" \",\"label\":\"a\"}\n"
                .repeat(50));
    assertThatThrownBy(() -> reader.read(task("tasks/t/data/x.jsonl")))
        .isInstanceOfSatisfying(
            InvalidRecordsException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.INVALID_RECORD);
              assertThat(e.count()).isEqualTo(200);
              assertThat(e.records()).hasSize(100);
              assertThat(e.records().get(0).line()).isEqualTo(31);
              assertThat(e.records().get(0).reason()).contains("label");
              assertThat(e.records().get(1).reason()).contains("not JSON");
              assertThat(e.records().get(2).reason()).contains("must be a string");
              assertThat(e.records().get(3).reason()).contains("empty text");
            });
  }

  @ParameterizedTest
  @CsvSource({"95, 5, true", "94, 6, false", "990, 10, true", "989, 11, false"})
  void onePercentOrInASmallSetFiveRecordsMayBeSkippedIfTheEventSaysSo(
      int good, int bad, boolean enough) {
    put("tasks/t/data/x.jsonl", text("x.jsonl", good) + "broken\n".repeat(bad));
    DataSetReader large =
        new DataSetReader(
            store, new DataLocation("bucket", java.util.List.of()), DataLimits.DEFAULT);
    assertThatThrownBy(() -> large.read(task("tasks/t/data/x.jsonl")))
        .isInstanceOf(InvalidRecordsException.class);
    if (enough) {
      DataSet data = large.read(skipping("tasks/t/data/x.jsonl"));
      assertThat(data.invalidRecordCount()).isEqualTo(bad);
      assertThat(data.invalidRecords()).hasSize(bad);
    } else {
      assertThatThrownBy(() -> large.read(skipping("tasks/t/data/x.jsonl")))
          .isInstanceOf(InvalidRecordsException.class)
          .hasMessageContaining("more than may be skipped (1 %, in small sets 5)");
    }
  }

  @Test
  void aLabelThatTrainingNeverSawIsAMismatch() {
    put("tasks/t/data/x.jsonl", text("x.jsonl", 50));
    put("tasks/t/data/test.jsonl", "{\"text\":\"new\",\"label\":\"c\"}");
    assertThatThrownBy(() -> reader.read(task("tasks/t/data/x.jsonl", "tasks/t/data/test.jsonl")))
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.LABEL_MISMATCH))
        .hasMessageContaining("test has the label \"c\"")
        .hasMessageContaining("tasks/t/data/test.jsonl line 1");
  }

  @Test
  void theDigestIsOfTheBytes() {
    put("tasks/t/data/x.jsonl", text("x.jsonl", 50));
    String before = reader.read(task("tasks/t/data/x.jsonl")).digest();
    assertThat(reader.read(task("tasks/t/data/x.jsonl")).digest()).isEqualTo(before);
    put("tasks/t/data/x.jsonl", text("x.jsonl", 51));
    assertThat(reader.read(task("tasks/t/data/x.jsonl")).digest()).isNotEqualTo(before);
  }

  private static TaskSubmitted task(String train) {
    return TaskSubmitted.of("t", Objective.CLASSIFICATION, train);
  }

  private static TaskSubmitted task(String train, @Nullable String test) {
    return TaskSubmittedBuilder.builder()
        .taskId("t")
        .objective(Objective.CLASSIFICATION)
        .data(TaskSubmittedDataSetBuilder.builder().train(List.of(train)).test(test).build())
        .build();
  }

  private static TaskSubmitted skipping(String train) {
    return TaskSubmittedBuilder.builder()
        .taskId("t")
        .objective(Objective.CLASSIFICATION)
        .data(TaskSubmittedDataSetBuilder.builder().train(List.of(train)).build())
        .onInvalidRecord("skip")
        .build();
  }

  private static String text(String name, int rows) {
    String lower = name.toLowerCase(java.util.Locale.ROOT);
    String separator = lower.contains(".csv") ? "," : "\t";
    StringBuilder text =
        new StringBuilder(lower.contains(".jsonl") ? "" : "label" + separator + "text\n");
    for (int i = 0; i < rows; i++) {
      String label = i % 2 == 0 ? "a" : "b";
      String words = "text, number \"" + i + "\"";
      if (lower.contains(".jsonl")) {
        text.append("{\"text\":\"")
            .append(words.replace("\"", "\\\""))
            .append("\",\"label\":\"")
            .append(label)
            .append("\",\"more\":[1]}\n");
      } else {
        text.append(label)
            .append(separator)
            .append(lower.contains(".csv") ? "\"" + words.replace("\"", "\"\"") + "\"" : words)
            .append('\n');
      }
    }
    return text.toString();
  }

  private void put(String key, String text) {
    put(key, text.getBytes(UTF_8));
  }

  private void put(String key, byte[] bytes) {
    store.put(key, bytes, Map.of());
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    }
    return out.toByteArray();
  }
}
