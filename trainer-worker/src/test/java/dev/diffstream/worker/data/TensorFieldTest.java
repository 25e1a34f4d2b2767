package dev.diffstream.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.diffstream.base.input.TensorSpec;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers in JSON become tensors of the shape that the base names, or a reason why not. */
class TensorFieldTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TensorSpec GRID = new TensorSpec("grid", List.of(2, 3));
  private static final TensorSpec FRAMES = new TensorSpec("frames", List.of(-1, 2));

  @Test
  void flatAndNestedArraysAreTheSame() throws Exception {
    assertThat(digest("[1,2,3,4,5,6]", GRID))
        .isEqualTo(digest("[[1,2,3],[4,5,6]]", GRID))
        .isEqualTo(digest("{\"grid\":[[1,2,3],[4,5,6]]}", GRID))
        .isNotEqualTo(digest("[1,2,3,4,6,5]", GRID));
    assertThat(digest("[1,2,3,4]", FRAMES)).isEqualTo(digest("[[1,2],[3,4]]", FRAMES));
    assertThat(
            new TensorField(List.of(FRAMES)).read(JSON.readTree("[1,2,3,4]")).maxSequenceLength())
        .isEqualTo(2);
  }

  @Test
  void severalInputsComeByName() throws Exception {
    String both = "{\"frames\":[1,2],\"grid\":[1,2,3,4,5,6]}";
    assertThat(digest(both, GRID, FRAMES)).isNotEqualTo(digest(both, FRAMES, GRID));
    refused("[1,2]", "input grid: expected an array of shape [2, 3], got MISSING", GRID, FRAMES);
    refused("{\"grid\":[1,2,3,4,5,6]}", "input frames: expected an array", GRID, FRAMES);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[1,2,3,4,5]|input grid: expected values of shape [2, 3], got 5 values",
        "[[1,2],[3,4],[5,6]]|input grid: expected shape [2, 3], got [3, 2]",
        "[[1,2,3],[4,5]]|input grid: expected shape [2, 3]",
        "[[1,2,3],4,5,6]|input grid: expected shape [2, 3]",
        "[[[1],[2],[3]],[[4],[5],[6]]]|expected shape [2, 3], got [2, 3, 1]",
        "[]|got 0 values",
        "[1,2,3,4,5,null]|input grid: expected numbers, got null",
        "[1,2,3,4,5,\"6\"]|input grid: expected numbers, got \"6\"",
        "[1,2,3,4,5,1e60]|input grid: expected finite values, got Infinity",
        "\"text\"|input grid: expected an array of shape [2, 3], got STRING",
      })
  void otherShapesAreReported(String json, String message) throws Exception {
    refused(json, message, GRID);
  }

  @Test
  void aVaryingInputHoldsWholeSteps() throws Exception {
    refused("[1,2,3]", "input frames: expected values of shape [-1, 2], got 3 values", FRAMES);
    refused("[[1,2],[3]]", "input frames: expected shape [-1, 2]", FRAMES);
  }

  private static String digest(String json, TensorSpec... specs) throws Exception {
    return new TensorField(List.of(specs)).read(JSON.readTree(json)).digest();
  }

  private static void refused(String json, String message, TensorSpec... specs) throws Exception {
    var node = JSON.readTree(json);
    assertThatThrownBy(() -> new TensorField(List.of(specs)).read(node))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
