package dev.diffstream.registry.console.submit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.registry.console.submit.DataPreview.Choice;
import dev.diffstream.schemas.DiffstreamException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DataPreviewTest {
  private static DataPreview of(byte[] file, String name) {
    return DataPreview.of(new ByteArrayInputStream(file), name, new Choice(null, null));
  }

  private static DataPreview of(String file) {
    return of(file.replace('~', '\n').getBytes(StandardCharsets.UTF_8), "rows.csv");
  }

  @Test
  void columnsAreGuessedAndLabelsCounted() {
    DataPreview preview = of("Id,Label,Text~1,a,\"x, y\"~2,b,z~3,a,\"two~lines\"~4,b,w~");
    assertThat(preview.text()).isEqualTo("Text");
    assertThat(preview.label()).isEqualTo("Label");
    assertThat(preview.rows()).isEqualTo(4);
    assertThat(preview.labels())
        .extracting(count -> count.label() + count.rows())
        .containsExactly("a2", "b2");
    assertThat(preview.sample().get(2)).containsExactly("3", "a", "two\nlines");
    assertThat(preview.problem()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "text,label~ | no rows",
        "text,label~a,x~b,x~ | one value alone",
        "text,label~a,1~b,2~c,3~ | holds no labels",
        "text,label~a,x~,y~c,~d,x~ | 2 of 4 rows have no text in text or no label in label",
        "text,label~a,x~b~c,y~d,y~ | 1 of 4 rows"
      })
  void whatSpeaksAgainstLearningIsSaid(String file, String says) {
    assertThat(of(file).problem()).contains(says);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "text~a~ | expected a first line that names the columns",
        "text,label~a,\"x\"y~ | line 2"
      })
  void whatIsNoTableIsRefused(String file, String says) {
    assertThatThrownBy(() -> of(file))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining(says);
  }

  @Test
  void aQuoteThatIsNeverClosedIsFound() {
    assertThatThrownBy(() -> of("text,label~a,x~\"b,x~" + "more,x~".repeat(300_000)))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining("is a quote not closed?");
  }

  @Test
  void otherBytesAndOtherFilesAreRefused() {
    assertThatThrownBy(() -> of("text,label\ngr\u00fcn,x\n".getBytes(ISO_8859_1), "rows.csv"))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining("line");
    assertThatThrownBy(() -> of(new byte[0], "rows.xlsx"))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining(".csv or .tsv");
    assertThat(of("text\tlabel\na\tx\nb\ty\nc\tx\nd\ty\n".getBytes(ISO_8859_1), "a.TSV").rows())
        .isEqualTo(4);
  }
}
