package dev.diffstream.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.encoder.Targets;
import dev.diffstream.base.input.Batch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Nothing that a step, an answer or a base took stays behind. */
final class MemoryTest {
  private final Random random = new Random(3);

  @Test
  void twoHundredStepsLeaveNoTensor() {
    try (Base base = TinyBert.load("gelu")) {
      Head head = TinyBert.randomHead(random, 2, 32);
      work(base, head, 5);
      int before = base.encoder().heldTensors();
      work(base, head, 200);
      assertThat(base.encoder().heldTensors()).isEqualTo(before);
    }
  }

  /** A step of this base takes about 100 MB, so one in ten left behind would show. */
  @Test
  void stepsOfARealBaseDoNotGrowTheProcess() throws IOException {
    try (Base base = Base.miniLm()) {
      Head head = TinyBert.randomHead(random, 2, base.encoder().featureCount(false));
      work(base, head, 10);
      long before = residentBytes();
      work(base, head, 40);
      assertThat(residentBytes() - before).isLessThan(200L << 20);
    }
  }

  @Test
  void aClosedBaseAnswersWithAnException() {
    Base base = TinyBert.load("gelu");
    Batch batch = Batch.of(List.of(TinyBert.text(base, random, 4)));
    var values = base.parameters().getFirst().values();
    Head head = TinyBert.randomHead(random, 1, 32);
    Gradients open = base.encoder().step(batch, head, new Targets.RealTargets(new float[1]));
    base.close();
    base.close();
    assertThatThrownBy(() -> base.encoder().features(batch))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> values.get(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> open.headBias().get(0)).isInstanceOf(IllegalStateException.class);
    open.close();
  }

  private void work(Base base, Head head, int steps) {
    for (int i = 0; i < steps; i++) {
      Batch batch = Batch.of(List.of(TinyBert.text(base, random, 1 + random.nextInt(20))));
      base.encoder().step(batch, head, new Targets.ClassTargets(new int[1])).close();
      base.encoder().logits(batch, head);
    }
  }

  private static long residentBytes() throws IOException {
    String pages = Files.readString(Path.of("/proc/self/statm")).split(" ")[1];
    return Long.parseLong(pages) * 4096;
  }
}
