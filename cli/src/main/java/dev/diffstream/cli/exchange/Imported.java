package dev.diffstream.cli.exchange;

import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was read from another form.
 *
 * @param tensors in ascending order of name; none is empty
 * @param head null if the form had none
 * @param facts what it says of the task; perhaps nothing
 */
public record Imported(List<SparseTensor> tensors, Diff.@Nullable Head head, TaskFacts facts) {
  public Imported {
    tensors =
        tensors.stream()
            .filter(tensor -> tensor.positions().length > 0)
            .sorted(Comparator.comparing(SparseTensor::name))
            .toList();
  }

  /**
   * With head and facts from the files that an export left beside, where they are. The values may
   * be fewer or others than those that were exported, so that metrics do not hold for them.
   */
  static Imported beside(List<SparseTensor> tensors, Path directory) {
    Path head = directory.resolve(HeadTensors.FILE);
    return new Imported(
        tensors,
        Files.exists(head) ? HeadTensors.read(MappedTensors.open(head)) : null,
        TaskFacts.beside(directory).ofOtherValues());
  }

  /**
   * With the head of another file, under the names that an export gives it.
   *
   * @throws dev.diffstream.schemas.DiffstreamException DATA_UNREADABLE or MALFORMED_DIFF
   */
  public Imported withHead(Path file) {
    return new Imported(tensors, HeadTensors.read(MappedTensors.open(file)), facts.ofOtherValues());
  }

  Imported withFacts(TaskFacts others) {
    return new Imported(tensors, head, others);
  }
}
