package dev.diffstream.cli.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.base.Base;
import dev.diffstream.cli.TinyDiffs;
import dev.diffstream.cli.exchange.DiffOnBase;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.ProbeAnswers;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.event.Objective;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TaskVariantsTest {
  private static final List<String> TEXTS = List.of("hello world", "one two three", "a b c d e");

  private Base base;
  private Diff learned;
  private TaskVariants variants;

  @BeforeEach
  void make() {
    base = TinyDiffs.base();
    learned = TinyDiffs.random(base, 3, Objective.CLASSIFICATION, name -> true);
    variants = new TaskVariants(base, List.of(learned));
  }

  @AfterEach
  void close() {
    base.close();
  }

  @Test
  void theSameNumberGivesTheSameFile() {
    assertThat(DiffWriter.write(variants.of("a", 5)))
        .isEqualTo(DiffWriter.write(variants.of("a", 5)))
        .isNotEqualTo(DiffWriter.write(variants.of("a", 6)));
  }

  @Test
  void positionsMoveAndStayAsMany() {
    Diff diff = DiffReader.read(DiffWriter.write(variants.of("bench", 1)));
    assertThat(diff.metadata().taskId()).isEqualTo("bench");
    assertThat(diff.nonzeros()).isEqualTo(learned.nonzeros());
    int largest =
        IntStream.range(0, learned.tensors().size())
            .boxed()
            .max(Comparator.comparingInt(i -> learned.tensors().get(i).positions().length))
            .orElseThrow();
    SparseTensor before = learned.tensors().get(largest);
    SparseTensor after = diff.tensors().get(largest);
    assertThat(after.positions()).isSorted().doesNotHaveDuplicates();
    assertThat(after.positions()).isNotEqualTo(before.positions());
    long kept =
        IntStream.of(after.positions())
            .filter(place -> IntStream.of(before.positions()).anyMatch(old -> old == place))
            .count();
    assertThat((double) kept / before.positions().length).isBetween(0.75, 0.999);
  }

  /** What its self-test compares with is what this diff answers, not the one it was made of. */
  @Test
  void probesAreItsOwn() {
    Diff one = variants.of("a", 1);
    ProbeAnswers recorded = Objects.requireNonNull(one.probes());
    ProbeAnswers anew = Objects.requireNonNull(new DiffOnBase(base, one).withProbes().probes());
    ProbeAnswers other = Objects.requireNonNull(variants.of("a", 2).probes());
    assertThat(recorded.logits()).isEqualTo(anew.logits()).isNotEqualTo(other.logits());
    base.verifyIntegrity();
  }

  @Test
  void onlyTextsThatTasksAnswerDifferentlyAreTelling() {
    Oracle oracle = new Oracle(base);
    List<Diff> sample = List.of(variants.of("a", 1), variants.of("b", 2), variants.of("c", 3));
    List<List<List<Double>>> scores =
        sample.stream().map(diff -> oracle.scores(diff, TEXTS)).toList();
    assertThat(scores.getFirst().getFirst()).hasSize(3);
    assertThat(scores.getFirst().getFirst().stream().mapToDouble(p -> p).sum())
        .isBetween(0.999, 1.001);
    assertThat(Oracle.pairs(scores, 0, 1)).isZero();
    assertThat(Oracle.pairs(scores, 0, 0)).isEqualTo(3);
    assertThat(oracle.telling(sample, TEXTS, 2, 1e-3)).hasSize(2).isSubsetOf(TEXTS);
  }

  @Test
  void onlyClassificationsOfSingleTextsAreTaken() {
    Diff pairs = TinyDiffs.random(base, 3, Objective.PAIR_CLASSIFICATION, name -> true);
    for (List<Diff> refused : List.of(List.of(pairs), List.<Diff>of())) {
      assertThatThrownBy(() -> new TaskVariants(base, refused))
          .isInstanceOfSatisfying(
              DiffstreamException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
    }
  }
}
