package dev.diffstream.worker.learning.parameters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FloatArrayTest {
  private final Arena memory = Arena.ofShared();

  @AfterEach
  void close() {
    if (memory.scope().isAlive()) {
      memory.close();
    }
  }

  @Test
  void beginsWithZerosAndHoldsWhatIsWritten() {
    FloatArray array = FloatArray.zeros(memory, 40);
    assertThat(array.length()).isEqualTo(40);
    assertThat(array.toArray()).hasSize(40).containsOnly(0);
    array.set(3, 1.5f);
    array.put(5, new float[] {9, 1, 2, 9}, 1, 2);
    array.fill(38, 40, -0f);
    float[] expected = new float[40];
    expected[3] = 1.5f;
    expected[5] = 1;
    expected[6] = 2;
    expected[38] = -0f;
    expected[39] = -0f;
    assertThat(array.toArray()).isEqualTo(expected);
    float[] part = new float[3];
    array.get(5, part, 1, 2);
    assertThat(part).containsExactly(0, 1, 2);
  }

  @Test
  void isReadInBlocks() {
    FloatArray array = FloatArray.zeros(memory, Vectors.BLOCK + 3);
    array.set(Vectors.BLOCK - 1, 1);
    array.set(Vectors.BLOCK + 2, 2);
    float[] block = new float[Vectors.BLOCK];
    assertThat(array.read(0, block)).isEqualTo(Vectors.BLOCK);
    assertThat(block[Vectors.BLOCK - 1]).isEqualTo(1);
    assertThat(array.read(Vectors.BLOCK, block)).isEqualTo(3);
    assertThat(block[2]).isEqualTo(2);
    assertThat(block[Vectors.BLOCK - 1]).isEqualTo(1);
  }

  @Test
  void buffersSeeTheSameMemory() {
    FloatArray array = FloatArray.zeros(memory, 4);
    FloatBuffer buffer = array.buffer(1, 2);
    assertThat(buffer.capacity()).isEqualTo(2);
    buffer.put(1, 7);
    assertThat(array.get(2)).isEqualTo(7);
  }

  @Test
  void whatLiesOutsideIsRefused() {
    FloatArray array = FloatArray.zeros(memory, Vectors.WIDEST);
    assertThatThrownBy(() -> array.get(Vectors.WIDEST))
        .isInstanceOf(IndexOutOfBoundsException.class);
    float[] two = new float[2];
    assertThatThrownBy(() -> array.get(Vectors.WIDEST - 1, two, 0, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> array.put(Vectors.WIDEST - 1, two, 0, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> array.set(-1, 0)).isInstanceOf(IndexOutOfBoundsException.class);
    // A kernel reads and writes the last vector to its end.
    assertThatThrownBy(() -> array.address(1, Vectors.WIDEST))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> array.address(Vectors.WIDEST, 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> array.address(-1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThat(array.address(0, 1)).isEqualTo(array.address(0, Vectors.WIDEST));
  }

  @Test
  void afterItsArenaWasClosedNothingIsReadOrWritten() {
    FloatArray array = FloatArray.zeros(memory, Vectors.WIDEST);
    memory.close();
    assertThatThrownBy(() -> array.get(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> array.set(0, 1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> array.address(0, 1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> array.read(0, new float[Vectors.BLOCK]))
        .isInstanceOf(IllegalStateException.class);
  }
}
