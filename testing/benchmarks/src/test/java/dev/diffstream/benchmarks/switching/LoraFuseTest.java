package dev.diffstream.benchmarks.switching;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.base.Base;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The check of a fuse sees what is wrong. */
class LoraFuseTest {
  private static final Path TINY = Path.of("../../trainer-worker/src/test/resources/tiny-bert");

  @Test
  void anAdapterIsFusedOnceAndTakenOut() {
    try (Base base = Base.fromDirectory(TINY);
        LoraFuse lora = new LoraFuse(base, 4, new Random(3))) {
      assertThatThrownBy(lora::check).isInstanceOf(IllegalStateException.class);
      lora.fuse();
      lora.check();
      lora.fuse();
      assertThatThrownBy(lora::check).isInstanceOf(IllegalStateException.class);
      lora.undo();
      base.verifyIntegrity();
    }
  }
}
