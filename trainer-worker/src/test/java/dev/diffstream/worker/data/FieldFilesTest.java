package dev.diffstream.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.worker.data.DataSetReader.InvalidRecordsException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files as spreadsheets, data frames and exports write them: read rightly, or refused by line. */
class FieldFilesTest {
  private final TestDataSets files = new TestDataSets();

  @Test
  void aSpreadsheetWithByteOrderMarkQuotesAndCrlfIsRead() {
    files.with(
        "x.csv",
        "\uFEFF\"text\",\"label\"\r\n"
            + IntStream.range(0, 80)
                .mapToObj(i -> "\"text " + i + "\",\"" + TestDataSets.ab(i) + "\"\r\n")
                .collect(Collectors.joining()));
    assertThat(rows(files.read(Objective.CLASSIFICATION, "x.csv"))).isEqualTo(80);
  }

  @Test
  void aFaultBehindRecordsOfSeveralLinesHasTheLineWhereItsRecordBegins() {
    files.with(
        "x.csv",
        "text,label\r\n"
            + IntStream.range(0, 80)
                .mapToObj(i -> "\"text, \"\"" + i + "\"\"\r\nmore\"," + TestDataSets.ab(i) + "\r\n")
                .collect(Collectors.joining())
            + "one\r\n");
    refused(Objective.CLASSIFICATION, "x.csv", 162);
  }

  @Test
  void semicolonsForCommasAreShownOnce() {
    files.with("x.csv", "text;label\n" + "a;4,5\n".repeat(50));
    assertThat(refused(Objective.REGRESSION, "x.csv", 1)).contains("[text;label]", "a semicolon");
  }

  @Test
  void aBackslashInFrontOfAQuoteIsNamedAndCountedWithTheLinesThatItSwallows() {
    files.with(
        "x.csv",
        TestDataSets.csv(200, TestDataSets::ab)
            + "\"ends with \\\"\",a\n"
            + "text x,a\n".repeat(20)
            + "\"quoted\",b\n");
    assertThatThrownBy(
            () -> files.read(Objective.CLASSIFICATION, "x.csv", null, null, null, "skip"))
        .isInstanceOfSatisfying(
            InvalidRecordsException.class,
            e -> {
              assertThat(e.count()).isEqualTo(22);
              assertThat(e.records()).singleElement().extracting("line").isEqualTo(202L);
            });
  }

  @Test
  void rowsOfOtherWidthsMayBeSkippedInASmallSet() {
    files.with(
        "x.csv", TestDataSets.csv(80, TestDataSets::ab) + "an unquoted comma, here,b\nalone\n");
    refused(Objective.CLASSIFICATION, "x.csv", 82, 83);
    DataSet data = files.read(Objective.CLASSIFICATION, "x.csv", null, null, null, "skip");
    assertThat(rows(data)).isEqualTo(80);
    assertThat(data.invalidRecords()).extracting("line").containsExactly(82L, 83L);
  }

  @Test
  void emptyLabelsAndRowsAreNamedEach() {
    files.with("x.csv", TestDataSets.csv(60, i -> i % 20 == 3 ? "" : i == 5 ? "  " : "a") + ",\n");
    refused(Objective.CLASSIFICATION, "x.csv", 5, 7, 25, 45, 62);
  }

  @Test
  void blankLinesOfJsonLinesDoNotCountButKeepLineNumbersTrue() {
    String text = "\uFEFF" + TestDataSets.jsonLines(80, i -> "\"" + TestDataSets.ab(i) + "\"");
    String crlf = text.replaceFirst("\n", "\n\n").replace("\n", "\r\n") + "\r\n\r\n";
    files.with("x.jsonl", crlf);
    assertThat(rows(files.read(Objective.CLASSIFICATION, "x.jsonl"))).isEqualTo(80);
    files.with("y.jsonl", crlf + "{\"text\":\"no label\"}");
    refused(Objective.CLASSIFICATION, "y.jsonl", 84);
  }

  @Test
  void bareWordsAndNullsOfDataFramesAreNamed() {
    files.with(
        "x.jsonl",
        TestDataSets.jsonLines(40, i -> "\"" + TestDataSets.ab(i) + "\"")
            + "{\"text\":null,\"label\":\"a\"}\n{\"text\":NaN,\"label\":\"a\"}\n"
            + "{\"text\":\"t\",\"label\":null}\n{\"text\":12.5,\"label\":\"a\"}\n");
    assertThat(refused(Objective.CLASSIFICATION, "x.jsonl", 41, 42, 43, 44))
        .contains("'NaN'")
        .doesNotContain("JsonReadFeature");
  }

  @Test
  void theHeaderOfAJoinedFileIsNamed() {
    String file = TestDataSets.csv(40, TestDataSets::ab);
    files.with("x.csv", file + file.replace("text ", "more ") + "\uFEFF\"text\",label\n");
    assertThat(refused(Objective.CLASSIFICATION, "x.csv", 42, 83))
        .contains("the header stands here again");
  }

  @Test
  void missingSecondTextsAreNamed() {
    files.with(
        "x.csv",
        "text,textPair,label\n" + "one,two,a\n".repeat(30) + "one,,b\n" + "one, \u200b,b\n");
    assertThat(refused(Objective.PAIR_CLASSIFICATION, "x.csv", 32, 33)).contains("empty textPair");
  }

  @Test
  void tagsOfOtherSchemesAreNamed() {
    for (String tag : List.of("B", "I", "S-place", "E-place", "L-place", "b-place", "B_place")) {
      files.with(
          "x.jsonl",
          TestDataSets.jsonLines(30, i -> "\"O B-place\"")
              + "{\"text\":\"one two\",\"label\":[\"O\",\""
              + tag
              + "\"]}\n");
      assertThat(refused(Objective.TOKEN_CLASSIFICATION, "x.jsonl", 31))
          .contains("\"" + tag + "\"");
    }
    files.with("y.jsonl", TestDataSets.jsonLines(30, i -> "\"I-place O\""));
    assertThat(files.read(Objective.TOKEN_CLASSIFICATION, "y.jsonl").labels())
        .containsExactly("B-place", "I-place", "O");
  }

  @Test
  void halvesOfSurrogatePairsInWordsAndTagsAreNamed() {
    files.with(
        "x.jsonl",
        TestDataSets.jsonLines(30, i -> "\"O B-place\"")
            + "{\"tokens\":[\"a\",\"b\\ud83d\"],\"tags\":[\"O\",\"O\"]}\n"
            + "{\"text\":\"a b\",\"tags\":[\"O\",\"B-\\ud83d\"]}\n");
    assertThat(refused(Objective.TOKEN_CLASSIFICATION, "x.jsonl", 31, 32)).contains("U+D83D");
    files.with(
        "y.jsonl",
        TestDataSets.jsonLines(30, i -> "[\"a\"]") + "{\"text\":\"a\",\"label\":[\"\\ude9a\"]}\n");
    assertThat(refused(Objective.MULTI_LABEL, "y.jsonl", 31)).contains("U+DE9A");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aLabelOfOneOrTwoRowsIsLearned(int rows) {
    files.with("x.csv", TestDataSets.csv(80 + rows, i -> i >= 80 ? "other" : TestDataSets.ab(i)));
    DataSet data = files.read(Objective.CLASSIFICATION, "x.csv");
    assertThat(rows(data)).isEqualTo(80 + rows);
    assertThat(data.labels()).containsExactly("a", "b", "other");
  }

  @ParameterizedTest
  @CsvSource({
    "x.ndjson,",
    "x.json,",
    "x.JSONL,",
    "X.NdJson,",
    "x, jsonl",
    "x.txt, jsonl",
    "x.csv, jsonl"
  })
  void jsonLinesHaveManyNames(String name, @Nullable String format) {
    files.with(name, TestDataSets.jsonLines(80, i -> "\"" + TestDataSets.ab(i) + "\""));
    assertThat(rows(files.read(Objective.CLASSIFICATION, name, null, format, null, null)))
        .isEqualTo(80);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "x.txt", "x.gz", "x.xlsx", "csv"})
  void otherNamesAreRefusedWithWhatCanBeDone(String name) {
    assertThatThrownBy(() -> files.read(Objective.CLASSIFICATION, name))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_EVENT))
        .hasMessageContaining(".jsonl, .ndjson, .json, .csv, .tsv")
        .hasMessageContaining("data.format");
  }

  private static int rows(DataSet data) {
    return data.train().size() + data.dev().size() + data.test().size();
  }

  /** The reasons, which stand at exactly these lines. */
  private String refused(Objective objective, String name, long... lines) {
    List<String> reasons = new java.util.ArrayList<>();
    assertThatThrownBy(() -> files.read(objective, name))
        .isInstanceOfSatisfying(
            InvalidRecordsException.class,
            e -> {
              assertThat(e.records().stream().mapToLong(r -> r.line())).containsExactly(box(lines));
              e.records().forEach(r -> reasons.add(r.reason()));
            });
    return String.join("\n", reasons);
  }

  private static Long[] box(long[] lines) {
    return java.util.Arrays.stream(lines).boxed().toArray(Long[]::new);
  }
}
