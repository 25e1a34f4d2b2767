package dev.diffstream.worker.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.correction.CorrectionBuilder;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.event.TaskSubmitted.Columns;
import dev.diffstream.schemas.event.TaskSubmittedBuilder;
import dev.diffstream.schemas.event.TaskSubmittedDataSetBuilder;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.worker.data.DataSetReader.InvalidRecordsException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Several files of training rows, and corrections among them. */
class SeveralFilesTest {
  private static final TaskId TASK = new TaskId("t");
  private static final String FOLDER = ObjectKeys.dataPrefix(TASK);
  private static final String CORRECTIONS = ObjectKeys.correctionsThrough(TASK, 2);

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final DataSetReader reader =
      new DataSetReader(store, new DataLocation("bucket", List.of()), DataLimits.DEFAULT);

  @Test
  void allFilesAreOneDataSetInTheirOrder() {
    put("a.csv", TestDataSets.csv(60, TestDataSets::ab));
    put("b.jsonl", row("another", "c") + row("one more", "c"));
    DataSet both = reader.read(task(null, FOLDER + "a.csv", FOLDER + "b.jsonl"));
    assertThat(all(both)).hasSize(62);
    assertThat(both.labels()).containsExactly("a", "b", "c");
    assertThat(both.warnings()).isEmpty();
    String other = reader.read(task(null, FOLDER + "b.jsonl", FOLDER + "a.csv")).digest();
    assertThat(both.digest()).isNotEqualTo(other);
  }

  @Test
  void aTextThatStandsInSeveralFilesIsLearnedAsTheLastOneSays() {
    put("a.csv", TestDataSets.csv(60, TestDataSets::ab));
    put("b.jsonl", row("Text  7", "a") + row("text 8", "b"));
    put("c.jsonl", row("text 8", "a"));
    DataSet data =
        reader.read(task(null, FOLDER + "a.csv", FOLDER + "b.jsonl", FOLDER + "c.jsonl"));
    assertThat(all(data)).hasSize(60);
    assertThat(labels(data, "Text  7", "text 7")).containsExactly("a");
    assertThat(labels(data, "text 8")).containsExactly("a");
    assertThat(data.warnings()).singleElement().asString().startsWith("3 rows were left out");
  }

  /** The event's columns and format are those of the other files. */
  @Test
  void aCorrectionCountsWhateverTheOtherFilesLookLike() {
    put(
        "a.tsv",
        TestDataSets.csv(60, TestDataSets::ab).replace("text,label", "q\tv").replace(',', '\t'));
    correct("text 7", "a", "text 7", "b", "text 9", "a");
    TaskSubmitted task = task(null, FOLDER + "a.tsv", CORRECTIONS);
    TaskSubmitted.DataSet files =
        TaskSubmittedDataSetBuilder.builder(task.data())
            .format("tsv")
            .columns(new Columns("q", null, "v"))
            .build();
    DataSet data = reader.read(TaskSubmittedBuilder.builder(task).data(files).build());
    assertThat(all(data)).hasSize(60);
    assertThat(labels(data, "text 7")).as("the later of two corrections").containsExactly("b");
    assertThat(labels(data, "text 9")).containsExactly("a");
  }

  @Test
  void aCorrectionHoldsForHeldOutRowsToo() {
    put("a.csv", TestDataSets.csv(60, TestDataSets::ab));
    put("test.jsonl", row("held out", "a") + row("unknown to train", "b") + row("kept", "b"));
    correct("held out", "b", "unknown to train", "z");
    DataSet data = reader.read(task("test.jsonl", FOLDER + "a.csv", CORRECTIONS));
    assertThat(data.test())
        .extracting(Example::text, Example::label)
        .containsExactly(tuple("held out", "b"), tuple("kept", "b"));
    assertThat(data.train()).extracting(Example::text).doesNotContain("held out");
    assertThat(labels(data, "unknown to train"))
        .as("its label is learned nowhere else")
        .containsExactly("z");
  }

  @Test
  void aBadRowIsNamedByItsFileAndLine() {
    put("a.csv", TestDataSets.csv(60, TestDataSets::ab));
    put("b.jsonl", row("fine", "a") + "{\"text\":\"no label\"}\n");
    assertThatThrownBy(() -> reader.read(task(null, FOLDER + "a.csv", FOLDER + "b.jsonl")))
        .isInstanceOf(InvalidRecordsException.class)
        .hasMessageContaining(FOLDER + "b.jsonl line 2");
  }

  @Test
  void everyFileMustBeTheTasksOwn() {
    put("a.csv", TestDataSets.csv(60, TestDataSets::ab));
    store.put("tasks/other/data/b.jsonl", row("x", "a").getBytes(UTF_8), Map.of());
    assertThatThrownBy(() -> reader.read(task(null, FOLDER + "a.csv", "tasks/other/data/b.jsonl")))
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_FORBIDDEN))
        .hasMessageContaining("tasks/other/data/b.jsonl");
    assertThatThrownBy(() -> reader.read(task(null, FOLDER + "a.csv", FOLDER + "none.csv")))
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_UNREADABLE));
  }

  private static org.assertj.core.groups.Tuple tuple(Object... values) {
    return org.assertj.core.groups.Tuple.tuple(values);
  }

  private static List<Example> all(DataSet data) {
    return Stream.of(data.train(), data.dev(), data.test()).flatMap(List::stream).toList();
  }

  private static List<String> labels(DataSet data, String... texts) {
    return all(data).stream()
        .filter(row -> Arrays.asList(texts).contains(row.text()))
        .map(Example::label)
        .toList();
  }

  private void correct(String... textsAndLabels) {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < textsAndLabels.length; i += 2) {
      rows.append(
              Json.writeText(
                  CorrectionBuilder.builder()
                      .taskId("t")
                      .number(i / 2 + 1)
                      .text(textsAndLabels[i])
                      .label(textsAndLabels[i + 1])
                      .actor("ada")
                      .created(Instant.EPOCH)
                      .build()))
          .append('\n');
    }
    store.put(CORRECTIONS, rows.toString().getBytes(UTF_8), Map.of());
  }

  private static String row(String text, String label) {
    return Json.writeText(Map.of("text", text, "label", label)) + "\n";
  }

  private void put(String name, String text) {
    store.put(FOLDER + name, text.getBytes(UTF_8), Map.of());
  }

  private static TaskSubmitted task(@Nullable String test, String... train) {
    return TaskSubmittedBuilder.builder()
        .taskId("t")
        .objective(Objective.CLASSIFICATION)
        .data(
            TaskSubmittedDataSetBuilder.builder()
                .train(List.of(train))
                .test(test == null ? null : FOLDER + test)
                .build())
        .build();
  }
}
