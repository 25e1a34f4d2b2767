package dev.diffstream.worker.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted.Columns;
import dev.diffstream.schemas.event.TaskSubmittedBuilder;
import dev.diffstream.schemas.event.TaskSubmittedDataSetBuilder;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Files of task {@code t} in memory, and what the reader makes of them. */
final class TestDataSets {
  static final String FOLDER = "tasks/t/data/";

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final DataSetReader reader =
      new DataSetReader(store, new DataLocation("bucket", List.of()), DataLimits.DEFAULT);

  TestDataSets with(String name, String text) {
    return with(name, text.getBytes(UTF_8));
  }

  TestDataSets with(String name, byte[] bytes) {
    store.put(FOLDER + name, bytes, Map.of());
    return this;
  }

  DataSet read(Objective objective, String train) {
    return read(objective, train, null, null, null, null);
  }

  DataSet read(
      Objective objective,
      String train,
      @Nullable String dev,
      @Nullable String format,
      @Nullable Columns columns,
      @Nullable String onInvalidRecord) {
    return reader.read(
        TaskSubmittedBuilder.builder()
            .taskId("t")
            .objective(objective)
            .data(
                TaskSubmittedDataSetBuilder.builder()
                    .train(List.of(FOLDER + train))
                    .dev(dev == null ? null : FOLDER + dev)
                    .format(format)
                    .columns(columns)
                    .build())
            .onInvalidRecord(onInvalidRecord)
            .build());
  }

  /** A header and {@code count} rows, each ended by a line feed. */
  static String csv(int count, IntFunction<String> label) {
    return "text,label\n"
        + IntStream.range(0, count)
            .mapToObj(i -> "text " + i + "," + label.apply(i) + "\n")
            .collect(Collectors.joining());
  }

  static String jsonLines(int count, IntFunction<String> label) {
    return IntStream.range(0, count)
        .mapToObj(i -> "{\"text\":\"text " + i + "\",\"label\":" + label.apply(i) + "}\n")
        .collect(Collectors.joining());
  }

  static String ab(int row) {
    return row % 2 == 0 ? "a" : "b";
  }
}
