package dev.diffstream.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted.Columns;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecordParserTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"text\":\"a b\",\"label\":\"x\"}            | a b | x",
        "{\"label\":7,\"text\":\" a \"}                | ` a ` | 7",
        "{\"text\":\"a\",\"label\":1.50}               | a | 1.5",
        "{\"text\":\"a\",\"label\":true}               | a | true",
        "{\"text\":\"a\",\"label\":\" x \",\"id\":[]}  | a | x",
        "{\"text\":\"\\u00e9\\n\",\"label\":\"x\"}     | `é\n` | x",
      })
  void jsonGivesTextAndLabel(String record, String text, String label) throws Exception {
    RecordParser parser = parser(DataFormat.JSONL, Objective.CLASSIFICATION, null);
    assertThat(parser.parse(record)).isEqualTo(new Example(text, null, label, 0));
    assertThat(parser.headerUsable()).isTrue();
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
  @CsvSource({"0.5, 0.5", "-3, -3", "1e3, 1000", "' 2 ', 2"})
  void regressionTakesNumbersAsNumbersAndAsText(String written, float value) throws Exception {
    RecordParser parser = parser(DataFormat.JSONL, Objective.REGRESSION, null);
    assertThat(parser.parse("{\"text\":\"a\",\"label\":\"" + written + "\"}"))
        .isEqualTo(new Example("a", null, "", value));
    assertThat(parser.parse("{\"text\":\"a\",\"label\":" + written + "}"))
        .isEqualTo(new Example("a", null, "", value));
  }

  @ParameterizedTest
  @CsvSource({"NaN", "Infinity", "-Infinity", "1e39", "seven", "true", "'1,5'"})
  void whatIsNoFiniteNumberIsNamed(String written) {
    assertBad(
        parser(DataFormat.JSONL, Objective.REGRESSION, null),
        "{\"text\":\"a\",\"label\":\"" + written + "\"}",
        "label must be a finite number, got \"" + written + "\"");
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
    assertThat(csv.headerUsable()).isFalse();
    assertThat(csv.parse("\"text\",label")).isNull();
    assertThat(csv.headerUsable()).isTrue();
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
    assertThat(csv.headerUsable()).isFalse();
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
