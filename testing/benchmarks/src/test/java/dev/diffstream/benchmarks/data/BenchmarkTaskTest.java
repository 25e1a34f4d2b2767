package dev.diffstream.benchmarks.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.data.Example;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchmarkTaskTest {
  @TempDir private Path directory;

  private BenchmarkTask task(List<String> train, List<String> dev, List<String> test)
      throws IOException {
    Files.write(directory.resolve("train.tsv"), train);
    Files.write(directory.resolve("dev.tsv"), dev);
    Files.write(directory.resolve("test.tsv"), test);
    return BenchmarkTask.read(directory);
  }

  private static List<String> numbered(int rows) {
    return IntStream.range(0, rows).mapToObj(i -> i % 2 + "\ttext " + i).toList();
  }

  @Test
  void readsLabelTextAndSecondText() throws IOException {
    BenchmarkTask task =
        task(
            List.of("yes\tA \"quoted text\tsecond", "", "no\tb\tc "),
            List.of("no\td\te"),
            List.of("yes\tf\tg"));
    assertThat(task.objective()).isEqualTo(Objective.PAIR_CLASSIFICATION);
    assertThat(task.labels()).containsExactly("no", "yes");
    assertThat(task.train())
        .containsExactly(
            new Example("A \"quoted text", "second", "yes", 0), new Example("b", "c ", "no", 0));
    assertThat(task.name()).isEqualTo(directory.getFileName().toString());
  }

  @Test
  void numbersBecomeValues() throws IOException {
    BenchmarkTask task = task(List.of("0.5\ta", "2\tb"), List.of("1\tc"), List.of("3\td"));
    assertThat(task.objective()).isEqualTo(Objective.REGRESSION);
    assertThat(task.labels()).isEmpty();
    assertThat(task.train()).extracting(Example::value).containsExactly(0.5f, 2f);
    assertThat(task.test()).extracting(Example::value).containsExactly(3f);
  }

  @Test
  void aSampleIsTheSameWheneverItIsDrawn() throws IOException {
    BenchmarkTask task = task(numbered(300), numbered(1500), numbered(1500));
    DataSet first = task.sample(100, 1);
    assertThat(first).isEqualTo(task.sample(100, 1));
    assertThat(first.train()).hasSize(100).doesNotHaveDuplicates().isSubsetOf(task.train());
    assertThat(first.dev()).hasSize(1000);
    assertThat(first.test()).isEqualTo(task.test());
    assertThat(task.sample(100, 2).train()).isNotEqualTo(first.train());
    assertThat(task.sample(400, 1).train()).isEqualTo(task.train());
  }

  @Test
  void aLineOfAnotherFormIsNamed() {
    assertThatThrownBy(() -> task(List.of("a\tb", "a b"), List.of("a\tb"), List.of("a\tb")))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining("train.tsv line 2 has 1 fields, expected 2");
  }

  @Test
  void aLabelThatTrainingNeverSeesIsNamed() {
    assertThatThrownBy(() -> task(List.of("a\tb", "b\tc"), List.of("c\tb"), List.of("a\tb")))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining("dev.tsv has the label \"c\"");
  }

  @Test
  void taggedWordsKeepOneTagEach() throws IOException {
    BenchmarkTask task =
        task(List.of("O B-song \tplay this "), List.of("O\tplay"), List.of("O I-song\tplay it"));
    assertThat(task.objective()).isEqualTo(Objective.TOKEN_CLASSIFICATION);
    assertThat(task.labels()).containsExactly("B-song", "I-song", "O");
    assertThat(task.train())
        .containsExactly(new Example("play this", null, "", 0, List.of("O", "B-song")));
  }
}
