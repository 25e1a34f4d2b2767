package dev.diffstream.base.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchRuntimeException;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import org.junit.jupiter.api.Test;

class EngineMemoryExceptionTest {
  /** The engine's own words, asked for by asking it for more than any machine has. */
  @Test
  void theEnginesOwnMessageIsUnderstood() {
    try (PtNDManager scope = TensorEngine.newScope()) {
      RuntimeException refused =
          catchRuntimeException(() -> scope.zeros(new Shape(1L << 31, 1L << 20)));
      assertThat(refused).isInstanceOf(EngineException.class);
      assertThat(EngineMemoryException.translated(refused))
          .isInstanceOf(EngineMemoryException.class)
          .hasCause(refused);
    }
  }

  @Test
  void whatIsNotAboutMemoryStaysWhatItIs() {
    RuntimeException other = new EngineException("mat1 and mat2 shapes cannot be multiplied");
    assertThat(EngineMemoryException.translated(other)).isSameAs(other);
    RuntimeException notTheEngines = new IllegalStateException("out of memory");
    assertThat(EngineMemoryException.translated(notTheEngines)).isSameAs(notTheEngines);
  }
}
