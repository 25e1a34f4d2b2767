package dev.diffstream.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Columns by name, and headers of files that are no CSV or TSV. */
class HeaderTest {
  private static final List<String> WANTED = List.of("text", "label");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text;label | it has [text;label]; the separator seems to be a semicolon",
        "text\tlabel | it has [text<U+0009>label]; the separator seems to be a tab: name the file .tsv",
        "text,label | the separator seems to be a comma: name the file .csv or say data.format: csv",
        "[{\"text\": 1}] | this looks like JSON",
        "te\u00a0xt | it has [te<U+00A0>xt]",
        "\ufefftext | it has [<U+FEFF>text]",
        "Text | no column \"text\"; it has [Text]",
      })
  void aHeaderWithoutTheColumnsIsShown(String field, String message) {
    refused(List.of(field), message);
  }

  @Test
  void aColumnMayStandOnceOnly() throws Exception {
    refused(
        List.of("text", "label", "label "),
        "the header has 2 columns named \"label\", expected one; it has [text, label, label]");
    Header header = Header.of(List.of("id", "text", "id", "label"), WANTED);
    assertThat(header.field(List.of("1", "a", "2", "b"), "label")).isEqualTo("b");
  }

  @Test
  void theSameHeaderOfAnotherFileIsToldFromARow() throws Exception {
    Header header = Header.of(List.of("id", "text", "label"), WANTED);
    assertThat(header.isRepeatedBy(List.of("id", "text", "label"))).isTrue();
    assertThat(header.isRepeatedBy(List.of("\ufeff\"id\"", " text", "label"))).isTrue();
    assertThat(header.isRepeatedBy(List.of("label", "text", "id"))).isTrue();
    assertThat(header.isRepeatedBy(List.of("7", "text", "label"))).isFalse();
  }

  @Test
  void longHeadersAreCut() {
    refused(Collections.nCopies(100_000, "x"), "more]");
    refused(List.of("x".repeat(1_000_000)), "… (1000000 characters)");
    refused(Arrays.asList("\u0000".repeat(1_000_000), "y"), "characters)");
  }

  private static void refused(List<String> fields, String message) {
    assertThatThrownBy(() -> Header.of(fields, WANTED))
        .isInstanceOf(RecordParser.BadRecord.class)
        .hasMessageContaining(message)
        .extracting(Throwable::getMessage)
        .satisfies(found -> assertThat(found.length()).isLessThan(700));
  }
}
