package dev.diffstream.worker.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted.Columns;
import dev.diffstream.worker.data.DataSetReader.InvalidRecordsException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values of any length stand in messages, reasons and warnings of bounded length. */
class MessageLengthTest {
  /** In place of {@code LONG}; with a comma and CSV quotes just below the limit of a record. */
  private static final int LENGTH = 1_000_000;

  private static final int MAX_MESSAGE = 2_000;

  private final TestDataSets files = new TestDataSets();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "x.csv|CLASSIFICATION|LONG,label\\na,b\\n",
        "x.csv|CLASSIFICATION|text,label,LONG\\na,b\\n",
        "x.tsv|CLASSIFICATION|LONG\\na\\tb\\n",
        "x.csv|CLASSIFICATION|`text,label\\na,LONG\\n`",
        "x.csv|MULTI_LABEL|`text,label\\na,LONG\\n`",
        "x.csv|MULTI_LABEL|`text,label\\na,[LONG]\\n`",
        "x.csv|REGRESSION|`text,label\\na,LONG\\n`",
        "x.csv|CLASSIFICATION|`text,label\\n\"LONG\"x,a\\n`",
        "x.csv|CLASSIFICATION|`text,label\\n\"LONG\\\\\" x,a\\n`",
        "x.tsv|TOKEN_CLASSIFICATION|text\\tlabel\\na\\tLONG\\n",
        "x.jsonl|TOKEN_CLASSIFICATION|{\"tokens\":[\"a LONG\"],\"tags\":[\"O\"]}",
        "x.jsonl|TOKEN_CLASSIFICATION|{\"tokens\":[\"a\"],\"tags\":[\"LONG\"]}",
        "x.jsonl|MULTI_LABEL|{\"text\":\"a\",\"label\":[\"LONG\"]}",
        "x.jsonl|CLASSIFICATION|LONG",
        "x.jsonl|CLASSIFICATION|{\"text\":LONG}",
        "x.jsonl|CLASSIFICATION|{\"LONG\":1,\"LONG\":2}",
        "x.jsonl|CLASSIFICATION|\"LONG\"",
        "x.csv|CLASSIFICATION|[LONG]",
      })
  void whatARecordHoldsIsCut(String name, Objective objective, String record) {
    for (String piece : new String[] {"x", "y z", "\u00a0", "\ud83d\ude9a"}) {
      String filling = piece.repeat(LENGTH / piece.getBytes(UTF_8).length);
      files.with(name, record.replace("\\n", "\n").replace("\\t", "\t").replace("LONG", filling));
      refused(objective, name, null);
    }
  }

  @Test
  void manyLabelsAreCut() {
    String label = "name of a label ".repeat(30);
    files.with("train.csv", TestDataSets.csv(4_000, i -> label + i));
    files.with("dev.csv", "text,label\nnew," + label + "new\n");
    assertThatThrownBy(
            () -> files.read(Objective.CLASSIFICATION, "train.csv", "dev.csv", null, null, null))
        .satisfies(
            e -> assertThat(String.valueOf(e.getMessage()).length()).isLessThan(MAX_MESSAGE));
    files.with(
        "same.jsonl",
        TestDataSets.jsonLines(
            30,
            i ->
                "["
                    + String.join(
                        ",",
                        java.util.stream.IntStream.range(0, 1000)
                            .mapToObj(n -> "\"" + label + n + "\"")
                            .toList())
                    + "]"));
    refused(Objective.MULTI_LABEL, "same.jsonl", null);
  }

  @Test
  void warningsAreCut() {
    String label = "l\u0308".repeat(240);
    files.with(
        "x.csv",
        TestDataSets.csv(
            400, i -> (i % 2 == 0 ? label : label.toUpperCase(java.util.Locale.ROOT)) + i / 40));
    assertThat(files.read(Objective.CLASSIFICATION, "x.csv").warnings())
        .isNotEmpty()
        .allSatisfy(warning -> assertThat(warning.length()).isLessThan(MAX_MESSAGE));
  }

  @Test
  void columnNamesOfTheEventAreCut() {
    files.with("x.jsonl", "{}").with("x.csv", "text,label\n");
    Columns columns = new Columns("t".repeat(LENGTH), null, "l".repeat(LENGTH));
    refused(Objective.CLASSIFICATION, "x.jsonl", columns);
    refused(Objective.CLASSIFICATION, "x.csv", columns);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "\u6570", "\ud83d", "/"})
  void keysAreBoundedAndCut(String piece) {
    DataLocation location = new DataLocation("bucket", List.of());
    for (String uri :
        new String[] {
          "tasks/t/data/" + piece.repeat(LENGTH), "s3://other/" + piece.repeat(LENGTH)
        }) {
      assertThatThrownBy(() -> location.keyOf(new TaskId("t"), uri))
          .isInstanceOf(DiffstreamException.class)
          .satisfies(
              e -> assertThat(String.valueOf(e.getMessage()).length()).isLessThan(MAX_MESSAGE));
    }
  }

  private void refused(Objective objective, String name, @Nullable Columns columns) {
    assertThatThrownBy(() -> files.read(objective, name, null, null, columns, null))
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> {
              assertThat(String.valueOf(e.getMessage()).length()).isLessThan(MAX_MESSAGE);
              if (e instanceof InvalidRecordsException invalid) {
                assertThat(invalid.records())
                    .allSatisfy(record -> assertThat(record.reason().length()).isLessThan(700));
              }
            });
  }
}
