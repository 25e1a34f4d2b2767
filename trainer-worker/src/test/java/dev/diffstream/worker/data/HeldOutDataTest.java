package dev.diffstream.worker.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.event.TaskSubmittedBuilder;
import dev.diffstream.schemas.event.TaskSubmittedDataSetBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is trained on and what is held out, and files that break off. */
class HeldOutDataTest {
  private static final String FOLDER = "tasks/t/data/";
  private final MemoryObjectStore store = new MemoryObjectStore();
  private final DataSetReader reader =
      new DataSetReader(store, new DataLocation("bucket", List.of()), DataLimits.DEFAULT);

  HeldOutDataTest() {
    put("train.jsonl", rows("train", 100, "a", "b"));
    put("dev.jsonl", rows("dev", 7, "a", "b"));
    put("test.jsonl", rows("test", 9, "a", "b"));
  }

  @ParameterizedTest
  @CsvSource({
    "        ,           , 80, 10, 10",
    "dev.jsonl,          , 90,  7, 10",
    "        , test.jsonl, 90, 10,  9",
    "dev.jsonl, test.jsonl, 100, 7, 9"
  })
  void givenSidesAreUsedAndTheOthersAreDrawn(
      @Nullable String dev, @Nullable String test, int trainRows, int devRows, int testRows) {
    DataSet data = reader.read(task(Objective.CLASSIFICATION, "train.jsonl", dev, test));
    assertThat(data.train()).hasSize(trainRows);
    assertThat(data.dev()).hasSize(devRows);
    assertThat(data.test()).hasSize(testRows);
    assertThat(data.dev()).allMatch(e -> e.text().startsWith(dev == null ? "train" : "dev"));
    assertThat(data.test()).allMatch(e -> e.text().startsWith(test == null ? "train" : "test"));
    Set<String> texts = new HashSet<>();
    Stream.of(data.train(), data.dev(), data.test())
        .flatMap(List::stream)
        .forEach(e -> assertThat(texts.add(e.text())).isTrue());
  }

  @Test
  void theSameTextNeverStandsOnTwoSidesWhateverTheOrderOfRows() {
    String twice = rows("x", 60, "a", "b") + rows("x", 60, "a", "b");
    put("twice.jsonl", twice);
    DataSet data = reader.read(task(Objective.CLASSIFICATION, "twice.jsonl", null, null));
    Set<String> train = texts(data.train());
    assertThat(train).doesNotContainAnyElementsOf(texts(data.dev()));
    assertThat(train).doesNotContainAnyElementsOf(texts(data.test()));
    assertThat(texts(data.dev())).doesNotContainAnyElementsOf(texts(data.test()));

    String[] lines = twice.split("\n");
    java.util.Collections.reverse(Arrays.asList(lines));
    put("back.jsonl", String.join("\n", lines));
    DataSet back = reader.read(task(Objective.CLASSIFICATION, "back.jsonl", null, null));
    assertThat(texts(back.train())).isEqualTo(train);
    assertThat(texts(back.test())).isEqualTo(texts(data.test()));
  }

  @ParameterizedTest
  @CsvSource({"dev", "test"})
  void aLabelOnlyInHeldOutRowsIsAMismatchThatNamesIt(String side) {
    put("new.jsonl", rows("new", 5, "a", "strange"));
    boolean dev = side.equals("dev");
    assertFails(
        task(
            Objective.CLASSIFICATION,
            "train.jsonl",
            dev ? "new.jsonl" : null,
            dev ? null : "new.jsonl"),
        ErrorCode.LABEL_MISMATCH,
        side + " has the label \"strange\"");
  }

  @Test
  void heldOutFilesMustHaveRows() {
    put("none.jsonl", "\n\n");
    assertFails(
        task(Objective.CLASSIFICATION, "train.jsonl", "none.jsonl", null),
        ErrorCode.TOO_FEW_EXAMPLES,
        "no dev rows");
  }

  @Test
  void equalNumbersAreRefused() {
    put("equal.jsonl", rows("x", 50, "3", "3.0"));
    assertFails(
        task(Objective.REGRESSION, "equal.jsonl", null, null),
        ErrorCode.TOO_FEW_EXAMPLES,
        "are equal");
    put("numbers.jsonl", rows("x", 50, "3", "4"));
    DataSet data = reader.read(task(Objective.REGRESSION, "numbers.jsonl", null, null));
    assertThat(data.labels()).isEmpty();
    assertThat(data.test()).hasSize(5).allMatch(e -> e.value() == 3 || e.value() == 4);
  }

  @Test
  void aBadHeldOutFileIsInvalidWithItsOwnName() {
    put("bad.jsonl", rows("bad", 3, "a", "b") + "{}\n");
    assertThatThrownBy(
            () -> reader.read(task(Objective.CLASSIFICATION, "train.jsonl", null, "bad.jsonl")))
        .isInstanceOfSatisfying(
            DataSetReader.InvalidRecordsException.class,
            e -> {
              assertThat(e.records()).hasSize(1);
              assertThat(e.records().get(0).file()).isEqualTo(FOLDER + "bad.jsonl");
              assertThat(e.records().get(0).line()).isEqualTo(4);
            });
  }

  @Test
  void truncatedOrDamagedGzipIsUnreadable() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(rows("x", 500, "a", "b").getBytes(UTF_8));
    }
    byte[] whole = out.toByteArray();
    byte[] damaged = whole.clone();
    damaged[damaged.length - 6] ^= 0x40; // in the checksum
    store.put(FOLDER + "whole.jsonl.gz", whole, Map.of());
    store.put(FOLDER + "half.jsonl.gz", Arrays.copyOf(whole, whole.length / 2), Map.of());
    store.put(FOLDER + "damaged.jsonl.gz", damaged, Map.of());
    store.put(FOLDER + "plain.jsonl.gz", rows("x", 50, "a", "b").getBytes(UTF_8), Map.of());
    store.put(FOLDER + "nothing.jsonl.gz", new byte[0], Map.of());

    assertThat(reader.read(task(Objective.CLASSIFICATION, "whole.jsonl.gz", null, null)).train())
        .hasSize(400);
    assertThat(reader.read(task(Objective.CLASSIFICATION, "plain.jsonl.gz", null, null)).train())
        .hasSize(38);
    for (String name : List.of("half", "damaged")) {
      assertFails(
          task(Objective.CLASSIFICATION, name + ".jsonl.gz", null, null),
          ErrorCode.DATA_UNREADABLE,
          name + ".jsonl.gz cannot be read, it is damaged");
    }
    assertFails(
        task(Objective.CLASSIFICATION, "nothing.jsonl.gz", null, null),
        ErrorCode.DATA_UNREADABLE,
        "nothing.jsonl.gz is empty, expected gzip");
  }

  @Test
  void aStrayQuoteCannotSwallowTheRestOfAFileThatMaySkipRecords() {
    put("stray.csv", "text,label\n" + csv(0, 200) + "\"never closed,a\n" + csv(200, 400));
    assertThatThrownBy(
            () -> reader.read(skipping(task(Objective.CLASSIFICATION, "stray.csv", null, null))))
        .isInstanceOfSatisfying(
            DataSetReader.InvalidRecordsException.class,
            e -> assertThat(e.records().get(0).line()).isEqualTo(202));
  }

  private static String csv(int from, int to) {
    return java.util.stream.IntStream.range(from, to)
        .mapToObj(i -> "text " + i + "," + (i % 2 == 0 ? "a" : "b") + "\n")
        .collect(Collectors.joining());
  }

  private static Set<String> texts(List<Example> examples) {
    return examples.stream().map(Example::text).collect(Collectors.toSet());
  }

  private void assertFails(TaskSubmitted task, ErrorCode code, String says) {
    assertThatThrownBy(() -> reader.read(task))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code))
        .hasMessageContaining(says);
  }

  private static String rows(String name, int count, String first, String second) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append("{\"text\":\"").append(name).append(' ').append(i).append("\",\"label\":\"");
      text.append(i % 2 == 0 ? first : second).append("\"}\n");
    }
    return text.toString();
  }

  private void put(String name, String text) {
    store.put(FOLDER + name, text.getBytes(UTF_8), Map.of());
  }

  private static TaskSubmitted task(
      Objective objective, String train, @Nullable String dev, @Nullable String test) {
    return TaskSubmittedBuilder.builder()
        .taskId("t")
        .objective(objective)
        .data(
            TaskSubmittedDataSetBuilder.builder()
                .train(List.of(FOLDER + train))
                .dev(dev == null ? null : FOLDER + dev)
                .test(test == null ? null : FOLDER + test)
                .build())
        .build();
  }

  private static TaskSubmitted skipping(TaskSubmitted task) {
    return TaskSubmittedBuilder.builder()
        .taskId(task.taskId())
        .objective(task.objective())
        .data(task.data())
        .onInvalidRecord("skip")
        .build();
  }
}
