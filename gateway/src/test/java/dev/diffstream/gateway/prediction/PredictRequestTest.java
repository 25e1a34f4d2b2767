package dev.diffstream.gateway.prediction;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.gateway.model.Example;
import dev.diffstream.schemas.DiffstreamException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PredictRequestTest {
  @Test
  void oneTextSeveralTextsAndPairs() {
    PredictRequest one = ofTask("{'text':'a'}");
    assertThat(one.single()).isTrue();
    assertThat(one.examples()).isEqualTo(Example.texts(List.of("a"), null));
    assertThat(one.options().topK()).isZero();
    assertThat(one.options().refuseLongTexts()).as("as the task has it").isNull();
    assertThat(one.options().timeout()).isZero();
    PredictRequest two =
        ofTask(
            "{'texts':['a','b'],'text_pairs':['c','d'],'top_k':2,'onLongText':'refuse','timeoutMillis':5}");
    assertThat(two.single()).isFalse();
    assertThat(two.pairs()).isTrue();
    assertThat(two.examples()).isEqualTo(Example.texts(List.of("a", "b"), List.of("c", "d")));
    assertThat(two.options().topK()).isEqualTo(2);
    assertThat(two.options().refuseLongTexts()).isTrue();
    assertThat(two.options().timeout()).isEqualTo(Duration.ofMillis(5));
  }

  @Test
  void severalTasksAboutOneText() {
    PredictRequest request = ofTasks("{'tasks':['x','y'],'text':'a','text_pair':'b'}");
    assertThat(request.tasks()).containsExactly("x", "y");
    assertThat(request.examples()).isEqualTo(Example.texts(List.of("a"), List.of("b")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]|expected a JSON object",
        "{}|expected either text, a string, or texts",
        "{'text':'a','texts':['a']}|expected either text, a string, or texts",
        "{'text':3}|text must be a string, got: 3",
        "{'text':null}|text must be a string, got: null",
        "{'texts':[]}|texts must be a list of 1 to 3 strings, got 0 values",
        "{'texts':['a','b','c','d']}|texts must be a list of 1 to 3 strings, got 4 values",
        "{'texts':'a'}|texts must be a list of 1 to 3 strings, got \"a\"",
        "{'texts':['a',1]}|texts[1] must be a string, got: 1",
        "{'text':'a\\ud83d'}|text has half a surrogate pair, \\ud83d, at 1",
        "{'text':'a','text_pairs':['b']}|text_pair belongs to text",
        "{'texts':['a'],'text_pair':'b'}|text_pair belongs to text",
        "{'texts':['a','b'],'text_pairs':['c']}|text_pairs must have as many texts as texts, 2, got 1",
        "{'text':'a','topk':1}|got: \"topk\"",
        "{'text':'a','tasks':['b']}|got: \"tasks\"",
        "{'text':'a','top_k':0}|top_k must be a whole number of at least 1, got: 0",
        "{'text':'a','top_k':1.5}|top_k must be a whole number",
        "{'text':'a','timeoutMillis':-1}|timeoutMillis must be a whole number",
        "{'text':'a','onLongText':'drop'}|onLongText must be cut or refuse, got: drop",
        "{'text':'a','thresholds':2}|thresholds must be a number from 0 to 1",
        "{'text':'a','thresholds':{'x':'y'}}|thresholds must be a number from 0 to 1",
        "{'text':'a','thresholds':null}|thresholds must be a number from 0 to 1",
      },
      quoteCharacter = '`')
  void whatIsWrongIsNamed(String json, String message) {
    assertThatThrownBy(() -> ofTask(json))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining("INVALID_REQUEST")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'text':'a'}|tasks must be a list of 1 to 3 strings",
        "{'tasks':['x','x'],'text':'a'}|tasks must name each task once",
        "{'tasks':['x'],'texts':['a']}|got: \"texts\"",
        "{'tasks':['a','b','c','d'],'text':'a'}|got 4 values",
      },
      quoteCharacter = '`')
  void tasksAreNamedOnceAndAskedAboutOneText(String json, String message) {
    assertThatThrownBy(() -> ofTasks(json))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining(message);
  }

  private static PredictRequest ofTask(String json) {
    return PredictRequest.ofTask(json.replace('\'', '"').getBytes(UTF_8), 3);
  }

  private static PredictRequest ofTasks(String json) {
    return PredictRequest.ofTasks(json.replace('\'', '"').getBytes(UTF_8), 3);
  }
}
