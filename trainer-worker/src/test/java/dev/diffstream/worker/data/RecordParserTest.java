package dev.diffstream.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted.Columns;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordParserTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"text\":\"a b\",\"label\":\"x\"}            | a b | x",
        "{\"label\":7,\"text\":\" a \"}                | ` a ` | 7",
        "{\"text\":\"a\",\"label\":1.50}               | a | 1.5",
        "{\"text\":\"a\",\"label\":1.0}                | a | 1",
        "{\"text\":\"a\",\"label\":-0.0}               | a | 0",
        "{\"text\":\"a\",\"label\":1e3}                | a | 1000",
        "{\"text\":\"a\",\"label\":true}               | a | true",
        "{\"text\":\"a\",\"label\":\" x \",\"id\":[]}  | a | x",
        "{\"text\":\"\\u00e9\\n\",\"label\":\"x\"}     | `é\n` | x",
      })
  void jsonGivesTextAndLabel(String record, String text, String label) throws Exception {
    RecordParser parser = parser(DataFormat.JSONL, Objective.CLASSIFICATION, null);
    assertThat(parser.parse(record)).isEqualTo(new Example(text, null, label, 0));
    assertThat(parser.hasUsableHeader()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"label\":\"x\"}                      | no field \"text\"",
        "{\"text\":\"a\"}                       | no field \"label\"",
        "{\"text\":null,\"label\":\"x\"}        | no field \"text\"",
        "{\"text\":\"a\",\"label\":null}        | no field \"label\"",
        "{\"text\":5,\"label\":\"x\"}           | field \"text\" must be a string",
        "{\"text\":[\"a\"],\"label\":\"x\"}     | field \"text\" must be a string",
        "{\"text\":\"a\",\"label\":{}}          | field \"label\" must be a string",
        "{\"text\":\" \\t\",\"label\":\"x\"}    | empty text",
        "{\"text\":\"a\",\"label\":\"  \"}      | empty label",
        "[\"a\",\"x\"]                          | expected a JSON object",
        "\"a\"                                  | expected a JSON object",
        "{\"text\":\"a\",\"label\":\"x\"        | not JSON",
        "{\"text\":\"a\",\"label\":\"x\"} {}    | not JSON",
      })
  void badJsonIsNamed(String record, String reason) {
    assertBad(parser(DataFormat.JSONL, Objective.CLASSIFICATION, null), record, reason);
  }

  @ParameterizedTest
  @CsvSource({"0.5, 0.5", "-3, -3", "1e3, 1000", "1.5E-2, 0.015", "0, 0"})
  void regressionTakesNumbersAsNumbersAndAsText(String written, float value) throws Exception {
    RecordParser parser = parser(DataFormat.JSONL, Objective.REGRESSION, null);
    assertThat(parser.parse("{\"text\":\"a\",\"label\":\"" + written + "\"}"))
        .isEqualTo(new Example("a", null, "", value));
    assertThat(parser.parse("{\"text\":\"a\",\"label\":" + written + "}"))
        .isEqualTo(new Example("a", null, "", value));
  }

  @ParameterizedTest
  @CsvSource({
    "NaN",
    "Infinity",
    "-Infinity",
    "1e39",
    "1e400",
    "seven",
    "true",
    "'1,5'",
    "1d",
    "5f",
    "0x1p3",
    "1 000",
    "1_000",
    "\u0663",
    "\uff11",
    "1.5.2",
    "e5",
    ".",
    "+",
    "--1",
    "\u22121"
  })
  void reportsWhatIsNotAFiniteNumber(String written) {
    assertBad(
        parser(DataFormat.JSONL, Objective.REGRESSION, null),
        "{\"text\":\"a\",\"label\":\"" + written + "\"}",
        "label must be a finite number, got \"" + written + "\"");
  }

  @ParameterizedTest
  @CsvSource({"' 2 ', 2", "'\u00a0+2.', 2", ".5, 0.5", "007, 7"})
  void numbersAsTextMayHaveASignZerosAndSpaces(String written, float value) throws Exception {
    RecordParser parser = parser(DataFormat.JSONL, Objective.REGRESSION, null);
    assertThat(parser.parse("{\"text\":\"a\",\"label\":\"" + written + "\"}"))
        .isEqualTo(new Example("a", null, "", value));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"text\":\"a\\ud83d\",\"label\":\"x\"} | text holds half of a surrogate pair, U+D83D, as character 2",
        "{\"text\":\"\\ude9a b\",\"label\":\"x\"} | text holds half of a surrogate pair, U+DE9A, as character 1",
        "{\"text\":\"a\",\"textPair\":\"\\ud83d\\ud83d\\ude9a\",\"label\":\"x\"} | textPair holds half of a surrogate pair, U+D83D",
        "{\"text\":\"a\",\"textPair\":\"b\",\"label\":\"x\\ud83d\"} | label holds half of a surrogate pair, U+D83D, as character 2",
      })
  void halvesOfSurrogatePairsAreNamed(String record, String reason) {
    Objective objective =
        record.contains("textPair") ? Objective.PAIR_CLASSIFICATION : Objective.CLASSIFICATION;
    assertBad(parser(DataFormat.JSONL, objective, null), record, reason);
  }

  @Test
  void wholeSurrogatePairsAreText() throws Exception {
    RecordParser parser = parser(DataFormat.JSONL, Objective.CLASSIFICATION, null);
    assertThat(parser.parse("{\"text\":\"\\ud83d\\ude9a\",\"label\":\"\\ud83d\\ude9a\"}"))
        .isEqualTo(new Example("\ud83d\ude9a", null, "\ud83d\ude9a", 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"   ", "\u200b\ufeff", "\u00a0", "\u3164", "\u200d\ufe0f", ""})
  void textsOfWhichNothingIsSeenAreEmpty(String text) throws Exception {
    RecordParser tsv = parser(DataFormat.TSV, Objective.CLASSIFICATION, null);
    assertThat(tsv.parse("text\tlabel")).isNull();
    assertBad(tsv, text + "\tx", "empty text");
    assertBad(tsv, "a\t" + text, "empty label");
    assertThat(tsv.parse("\u00a9\tx")).isEqualTo(new Example("\u00a9", null, "x", 0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "['a', 'b']",
        "[\"a\"]",
        "('a',)",
        "{'a', 'b'}",
        "['a' 'b']",
        "[]",
        "[1, 2]",
        "()"
      })
  void aPrintedListIsNoLabel(String label) throws Exception {
    for (Objective objective : new Objective[] {Objective.CLASSIFICATION, Objective.MULTI_LABEL}) {
      RecordParser tsv = parser(DataFormat.TSV, objective, null);
      assertThat(tsv.parse("text\tlabel")).isNull();
      assertBad(tsv, "a\t" + label, "printed list");
    }
    RecordParser json = parser(DataFormat.JSONL, Objective.MULTI_LABEL, null);
    String written = label.replace("\"", "\\\"");
    assertBad(json, "{\"text\":\"a\",\"label\":[\"" + written + "\"]}", "printed list");
  }

  @Test
  void labelsInBracketsOfTheirOwnAreLabels() throws Exception {
    RecordParser tsv = parser(DataFormat.TSV, Objective.CLASSIFICATION, null);
    assertThat(tsv.parse("text\tlabel")).isNull();
    for (String label : new String[] {"[other]", "(none)", "it's (a) 'b'"}) {
      assertThat(tsv.parse("a\t" + label)).isEqualTo(new Example("a", null, label, 0));
    }
    RecordParser sets = parser(DataFormat.TSV, Objective.MULTI_LABEL, null);
    assertThat(sets.parse("text\tlabel")).isNull();
    assertBad(sets, "a\t[b, c]", "label must hold names separated by |, got a printed list");
  }

  @Test
  void aLabelAsLongAsATextIsRefused() throws Exception {
    RecordParser tsv = parser(DataFormat.TSV, Objective.CLASSIFICATION, null);
    assertThat(tsv.parse("text\tlabel")).isNull();
    assertThat(tsv.parse("a\t" + "x".repeat(500))).isNotNull();
    assertBad(tsv, "a\t" + "x".repeat(501), "label is longer than 500 characters: \"xxx");
  }

  @Test
  void backslashesInFrontOfQuotesAreNamed() throws Exception {
    RecordParser csv = parser(DataFormat.CSV, Objective.CLASSIFICATION, null);
    assertThat(csv.parse("text,label")).isNull();
    assertBad(csv, "\"He said \\\"late\\\" again\",x", "not escaped by a backslash");
    assertBad(csv, "a\rb,x", "a carriage return (CR, U+000D) stands outside of double quotes");
  }

  @Test
  void pairsNeedBothTexts() throws Exception {
    RecordParser parser = parser(DataFormat.JSONL, Objective.PAIR_CLASSIFICATION, null);
    assertThat(parser.parse("{\"text\":\"a\",\"textPair\":\"b\",\"label\":\"x\"}"))
        .isEqualTo(new Example("a", "b", "x", 0));
    assertBad(parser, "{\"text\":\"a\",\"label\":\"x\"}", "no field \"textPair\"");
    assertBad(parser, "{\"text\":\"a\",\"textPair\":\"\",\"label\":\"x\"}", "empty textPair");
  }

  @Test
  void columnsAreThoseOfTheEvent() throws Exception {
    Columns columns = new Columns("q", "r", "y");
    RecordParser json = parser(DataFormat.JSONL, Objective.PAIR_CLASSIFICATION, columns);
    assertThat(json.parse("{\"q\":\"a\",\"r\":\"b\",\"y\":\"x\",\"text\":\"no\"}"))
        .isEqualTo(new Example("a", "b", "x", 0));
    RecordParser csv = parser(DataFormat.CSV, Objective.CLASSIFICATION, columns);
    assertThat(csv.parse("y, q ,r")).isNull();
    assertThat(csv.parse("x,a,b")).isEqualTo(new Example("a", null, "x", 0));
  }

  @Test
  void csvIsQuotedAndTsvIsNot() throws Exception {
    RecordParser csv = parser(DataFormat.CSV, Objective.CLASSIFICATION, null);
    assertThat(csv.hasUsableHeader()).isFalse();
    assertThat(csv.parse("\"text\",label")).isNull();
    assertThat(csv.hasUsableHeader()).isTrue();
    assertThat(csv.parse("\"a, \"\"b\"\"\nc\",x"))
        .isEqualTo(new Example("a, \"b\"\nc", null, "x", 0));
    RecordParser tsv = parser(DataFormat.TSV, Objective.CLASSIFICATION, null);
    assertThat(tsv.parse("text\tlabel")).isNull();
    assertThat(tsv.parse("\"a, b\t\"x")).isEqualTo(new Example("\"a, b", null, "\"x", 0));
  }

  @Test
  void rowsOfAnotherWidthAndHeadersWithoutTheColumnsAreNamed() throws Exception {
    RecordParser csv = parser(DataFormat.CSV, Objective.CLASSIFICATION, null);
    assertBad(csv, "words,label", "the header has no column \"text\"; it has [words, label]");
    assertThat(csv.hasUsableHeader()).isFalse();
    assertThat(csv.parse("text,label")).isNull();
    assertBad(csv, "a", "expected 2 fields, as in the header, got 1");
    assertBad(csv, "a,b,c", "expected 2 fields, as in the header, got 3");
    assertBad(csv, ",x", "empty text");
    assertBad(csv, "\"a\"b,x", "not CSV");
    RecordParser tsv = parser(DataFormat.TSV, Objective.PAIR_REGRESSION, null);
    assertBad(tsv, "text\tlabel", "no column \"textPair\"");
  }

  private static RecordParser parser(
      DataFormat format, Objective objective, @Nullable Columns columns) {
    return new RecordParser(format, objective, columns);
  }

  private static void assertBad(RecordParser parser, String record, String reason) {
    assertThatThrownBy(() -> parser.parse(record))
        .isInstanceOf(RecordParser.BadRecord.class)
        .hasMessageContaining(reason);
  }
}
