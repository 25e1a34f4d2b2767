package dev.diffstream.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted.Columns;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Label sets, tags, and texts without labels, in every format. */
class LabelParserTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "[\"b\",\"a\"]; a b",
        "[]; ''",
        "[\" a \",7,true]; 7 a true",
        "[\"x|y\"]; x|y",
      })
  void aLabelSetIsAnArray(String labels, String expected) throws Exception {
    Example example =
        parsed(
            parser(DataFormat.JSONL, Objective.MULTI_LABEL, null),
            "{\"text\":\"t\",\"label\":" + labels + "}");
    assertThat(String.join(" ", example.labels())).isEqualTo(expected);
    assertThat(example.label()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "\"a\"; field \"label\" must be an array of labels, got STRING",
        "7; field \"label\" must be an array of labels, got NUMBER",
        "null; no field \"label\"",
        "[\"a\",\"a\"]; label names \"a\" twice",
        "[\"a\",\" \"]; empty label",
        "[[\"a\"]]; field \"label\" must be a string, got ARRAY",
      })
  void invalidLabelSetsAreReported(String labels, String reason) {
    assertBad(
        parser(DataFormat.JSONL, Objective.MULTI_LABEL, null),
        "{\"text\":\"t\",\"label\":" + labels + "}",
        reason);
  }

  @Test
  void labelsInAFieldAreSeparatedByBars() throws Exception {
    RecordParser parser =
        parser(DataFormat.TSV, Objective.MULTI_LABEL, new Columns(null, null, "topics"));
    assertThat(parser.parse("text\ttopics")).isNull();
    assertThat(parsed(parser, "t\tb| a").labels()).containsExactly("a", "b");
    assertThat(parsed(parser, "t\t").labels()).isEmpty();
    assertThat(parsed(parser, "t\t one ").labels()).containsExactly("one");
    assertBad(parser, "t\ta||b", "empty topics");
    assertBad(parser, "t\ta|b|a", "topics names \"a\" twice");
    assertBad(parser, "t\ta\tb", "expected 2 fields");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{\"tokens\":[\"a\",\"b\",\"c\"],\"tags\":[\"B-x\",\"I-x\",\"O\"]}",
        "{\"text\":\"a b c\",\"tags\":[\"B-x\",\"I-x\",\"O\"]}",
        "{\"text\":\" a  b c \",\"tags\":\"B-x I-x O\"}",
        "{\"text\":\"a b c\",\"label\":\" B-x I-x  O \"}",
        "{\"text\":[\"a\",\"b\",\"c\"],\"label\":[\"B-x\",\"I-x\",\"O\"]}",
      })
  void wordsAndTagsAreReadInEveryForm(String record) throws Exception {
    Example example =
        parsed(parser(DataFormat.JSONL, Objective.TOKEN_CLASSIFICATION, null), record);
    assertThat(example.text().strip().split(" +")).containsExactly("a", "b", "c");
    assertThat(example.labels()).containsExactly("B-x", "I-x", "O");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{\"text\":\"a b\",\"tags\":[\"O\"]}; tags must hold 2 tags, one for each word, got 1",
        "{\"text\":\"a\",\"label\":\"O O\"}; label must hold 1 tags, one for each word, got 2",
        "{\"text\":\"a\",\"tags\":[\"X\"]}; tags must hold O, B-<type> and I-<type>, got: \"X\"",
        "{\"text\":\"a\",\"tags\":[\"B-\"]}; got: \"B-\"",
        "{\"text\":\"a\",\"tags\":[\"o\"]}; got: \"o\"",
        "{\"text\":\"a\",\"tags\":{}}; field \"tags\" must be tags, got OBJECT",
        "{\"text\":\"a\"}; no field \"label\"",
        "{\"tokens\":[\"a b\"],\"tags\":[\"O\"]}; must hold words without white space, got: \"a b\"",
        "{\"tokens\":[\"\"],\"tags\":[\"O\"]}; must hold words without white space",
        "{\"tokens\":[7],\"tags\":[\"O\"]}; must hold words without white space, got: 7",
        "{\"tokens\":[],\"tags\":[]}; empty text",
      })
  void tagsThatDoNotFitTheirWordsAreReported(String record, String reason) {
    assertBad(parser(DataFormat.JSONL, Objective.TOKEN_CLASSIFICATION, null), record, reason);
  }

  @Test
  void tagsInAColumnAreSeparatedBySpaces() throws Exception {
    RecordParser parser = parser(DataFormat.TSV, Objective.TOKEN_CLASSIFICATION, null);
    assertThat(parser.parse("label\ttext")).isNull();
    Example example = parsed(parser, "O B-artist I-artist O \tlisten to\u00a0westbam now ");
    assertThat(example.labels()).containsExactly("O", "B-artist", "I-artist", "O");
    assertBad(parser, "O \tlisten to", "label must hold 2 tags, one for each word, got 1");
    RecordParser named = parser(DataFormat.TSV, Objective.TOKEN_CLASSIFICATION, null);
    assertThat(named.parse("text\ttags")).isNull();
    assertThat(parsed(named, "a\tO").labels()).containsExactly("O");
  }

  @Test
  void textsAloneNeedNoLabel() throws Exception {
    assertThat(parser(DataFormat.JSONL, Objective.MASKED_LM, null).parse("{\"text\":\"the cat\"}"))
        .isEqualTo(new Example("the cat", null, "", 0));
    RecordParser parser = parser(DataFormat.CSV, Objective.MASKED_LM, null);
    assertThat(parser.parse("id,text")).isNull();
    assertThat(parser.parse("7,\"a, b\"")).isEqualTo(new Example("a, b", null, "", 0));
    assertBad(parser(DataFormat.JSONL, Objective.MASKED_LM, null), "{}", "no field \"text\"");
  }

  private static RecordParser parser(
      DataFormat format, Objective objective, @Nullable Columns columns) {
    return new RecordParser(format, objective, columns);
  }

  private static Example parsed(RecordParser parser, String record) throws Exception {
    return Objects.requireNonNull(parser.parse(record));
  }

  private static void assertBad(RecordParser parser, String record, String reason) {
    assertThatThrownBy(() -> parser.parse(record))
        .isInstanceOf(RecordParser.BadRecord.class)
        .hasMessageContaining(reason);
  }
}
