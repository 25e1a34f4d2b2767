package dev.diffstream.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted.Columns;
import dev.diffstream.worker.data.DataSetReader.InvalidRecordsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Labels that are probably meant to be one are refused or warned about, with what differs. */
class SimilarLabelsTest {
  private final TestDataSets files = new TestDataSets();

  @ParameterizedTest
  @ValueSource(strings = {"delivery ", "\tdelivery", "delivery\u00a0", "\u2007delivery\u3000"})
  void whiteSpaceAroundALabelDoesNotCount(String variant) {
    files.with(
        "x.csv", TestDataSets.csv(80, i -> i % 4 == 0 ? variant : i % 2 == 0 ? "delivery" : "b"));
    DataSet data = files.read(Objective.CLASSIFICATION, "x.csv");
    assertThat(data.labels()).containsExactly("b", "delivery");
    assertThat(data.warnings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "de livery|de\u00a0livery|\"de<U+00A0>livery\" (10 rows)|U+00A0",
        "delivery|delivery\u200b|\"delivery<U+200B>\" (10 rows)|U+200B",
        "delivery|\ufeffdelivery|\"<U+FEFF>delivery\" (10 rows)|U+FEFF",
        "delivery|deliv\u00adery|\"deliv<U+00AD>ery\" (10 rows)|U+00AD",
        "delivery|delivery\u2060|\"delivery<U+2060>\" (10 rows)|U+2060",
        "delivery|deliv\u0008ery|\"deliv<U+0008>ery\" (10 rows)|U+0008",
        "caf\u00e9|cafe\u0301|\"cafe<U+0301>\" (10 rows)|the Unicode normal form",
        "a b|a  b|\"a  b\" (10 rows)|the number of spaces",
        "\u2764|\u2764\ufe0f|\"\u2764<U+FE0F>\" (10 rows)|differ in",
      })
  void labelsThatCannotBeDistinguishedAreRefusedByLine(
      String usual, String variant, String shown, String difference) {
    files.with(
        "x.csv", TestDataSets.csv(90, i -> i == 7 || i > 80 ? variant : i % 2 == 0 ? usual : "b"));
    assertThatThrownBy(() -> files.read(Objective.CLASSIFICATION, "x.csv"))
        .isInstanceOfSatisfying(
            InvalidRecordsException.class,
            e -> {
              assertThat(e.records()).hasSize(1);
              assertThat(e.records().getFirst().line()).isEqualTo(9);
              assertThat(e.records().getFirst().reason())
                  .contains(shown, "cannot be distinguished from");
              assertThat(e.records().getFirst().reason()).contains(difference);
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"billing\"|\"Billing\"|differ only in case",
        "\"billing\"|\"BILLING\"|differ only in case",
        "\"true\"|\"True\"|differ only in case",
        "1|\"1.0\"|look like one number",
        "\"7\"|\"07\"|look like one number",
        "\"100\"|\"1e2\"|look like one number",
        "\"file\"|\"\ufb01le\"|look alike",
        "\"A1\"|\"\uff211\"|look alike",
      })
  void labelsThatMayBeMeantAreWarnedAbout(String usual, String variant, String likeness) {
    files.with(
        "x.jsonl",
        TestDataSets.jsonLines(90, i -> i % 3 == 0 ? usual : i % 3 == 1 ? variant : "\"z\""));
    DataSet data = files.read(Objective.CLASSIFICATION, "x.jsonl");
    assertThat(data.labels()).hasSize(3);
    assertThat(data.warnings()).hasSize(1);
    assertThat(data.warnings().getFirst())
        .contains(likeness, variant.replace("\"", ""), "(30 rows)");
  }

  @Test
  void jsonValuesThatMeanTheSameAreOneLabel() {
    files.with(
        "x.jsonl",
        TestDataSets.jsonLines(
            80,
            i ->
                i % 8 == 0
                    ? "1"
                    : i % 8 == 4
                        ? "1.0"
                        : i % 4 == 1 ? "\"1\"" : i % 4 == 2 ? "true" : "\"true\""));
    DataSet data = files.read(Objective.CLASSIFICATION, "x.jsonl");
    assertThat(data.labels()).containsExactly("1", "true");
    assertThat(data.warnings()).isEmpty();
  }

  @Test
  void typesOfTagsAreComparedToo() {
    files.with(
        "x.jsonl",
        TestDataSets.jsonLines(60, i -> i % 2 == 0 ? "\"B-place I-place\"" : "\"B-Place O\""));
    assertThat(files.read(Objective.TOKEN_CLASSIFICATION, "x.jsonl").warnings())
        .singleElement()
        .asString()
        .contains("\"place\" (60 words), \"Place\" (30 words)", "differ only in case");
  }

  @ParameterizedTest
  @ValueSource(strings = {",", ";"})
  void namesThatWereJoinedByAnotherSignAreWarnedAbout(String separator) {
    files.with(
        "x.csv",
        TestDataSets.csv(60, i -> i % 2 == 0 ? "\"urgent" + separator + "billing\"" : "billing"));
    assertThat(files.read(Objective.MULTI_LABEL, "x.csv").warnings())
        .singleElement()
        .asString()
        .contains("no row has two labels", "\"" + separator + "\"", "separated by |");
  }

  @Test
  void invisibleCharactersInEveryRowAreWarnedAbout() {
    files.with("x.csv", TestDataSets.csv(60, i -> i % 2 == 0 ? "a\u200b" : "b"));
    assertThat(files.read(Objective.CLASSIFICATION, "x.csv").warnings())
        .containsExactly("label \"a<U+200B>\" holds invisible characters: U+200B");
  }

  @Test
  void ordinaryLabelsGiveNoWarning() {
    String[] labels = {
      "a b",
      "1.5",
      "15",
      "\u0645\u06cc\u200c\u062e",
      "\ud83d\udc68\u200d\ud83d\udc69",
      "it's",
      "None"
    };
    files.with("x.csv", TestDataSets.csv(140, i -> labels[i % labels.length]));
    assertThat(files.read(Objective.CLASSIFICATION, "x.csv").warnings()).isEmpty();
  }

  @Test
  void manyWarningsAreCounted() {
    files.with("x.csv", TestDataSets.csv(200, i -> (i % 2 == 0 ? "name" : "NAME") + i / 8));
    assertThat(files.read(Objective.CLASSIFICATION, "x.csv").warnings())
        .hasSize(11)
        .last()
        .isEqualTo("15 more warnings about labels");
  }

  @Test
  void aLabelOfDevThatIsWrittenOtherwiseInTrainIsAMismatchThatNamesBoth() {
    files.with("train.csv", TestDataSets.csv(60, i -> i % 2 == 0 ? "delivery" : "b"));
    files.with("dev.csv", "text,label\nnew,b\nother,Delivery\n");
    assertThatThrownBy(
            () -> files.read(Objective.CLASSIFICATION, "train.csv", "dev.csv", null, null, null))
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.LABEL_MISMATCH))
        .hasMessageContaining("dev has the label \"Delivery\"")
        .hasMessageContaining("tasks/t/data/dev.csv line 3")
        .hasMessageContaining("similar in train: \"delivery\"");
  }

  @Test
  void columnsThatTheObjectiveDoesNotReadAreWarnedAbout() {
    files.with("x.csv", TestDataSets.csv(60, TestDataSets::ab));
    Columns columns = new Columns("text", "other", "label");
    assertThat(files.read(Objective.CLASSIFICATION, "x.csv", null, null, columns, null).warnings())
        .containsExactly("data.columns.textPair is not read for the objective classification");
    assertThat(files.read(Objective.MASKED_LM, "x.csv", null, null, columns, null).warnings())
        .contains("data.columns.label is not read for the objective masked-lm");
  }
}
