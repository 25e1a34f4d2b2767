package dev.diffstream.base.mixed.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.diff.SparseDelta.Entry;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Changed weights, against a loop over flat positions; bit for bit. */
final class ChangesTest {
  private static final long SEED = new Random().nextLong();

  private final SplittableRandom random = new SplittableRandom(SEED);

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 15, 16, 17, 31, 33, 48, 49, 63, 64, 65, 130})
  void addsTheSameBitsAsALoopOverPositions(int tokens) {
    System.out.println("ChangesTest seed " + SEED);
    for (double share : new double[] {0, 0.005, 0.1, 1}) {
      int[] positions =
          IntStream.range(0, 37 * 53).filter(i -> random.nextDouble() < share).toArray();
      expectTheSame(positions, 37, 53, tokens);
    }
  }

  /** {@code row << 16 | column} has no room for a column more. */
  @Test
  void aWeightMayBe65536Wide() {
    int width = 65_536;
    int[] positions = {7, width - 1, width, 2 * width - 1, 3 * width - 1};
    expectTheSame(positions, 3, width, 2);
    assertThat(Changes.bytes(entry(positions), width)).as("3 bytes a place").isEqualTo(20 + 16);
  }

  @Test
  void theLastOf65536RowsIsItsOwn() {
    expectTheSame(new int[] {0, 65_535 * 2, 65_535 * 2 + 1}, 65_536, 2, 5);
  }

  @Test
  void placesThatNeedMoreThan24BitsTake4Bytes() {
    int[] positions = {3, 1_000 * 40_000 + 9};
    expectTheSame(positions, 1_001, 40_000, 3);
    assertThat(Changes.bytes(entry(positions), 40_000)).isEqualTo(8 + 12);
  }

  @Test
  void flatPositionsAreReadBack() {
    for (int[] positions : new int[][] {{}, {0}, {5, (1 << 24) - 1}, {5, 1 << 24, 1 << 30}}) {
      Entry entry = entry(positions);
      try (Arena arena = Arena.ofConfined()) {
        long bytes = Changes.bytes(entry, 0);
        Changes changes =
            Changes.pack(entry, 0, SegmentAllocator.slicingAllocator(arena.allocate(bytes, 4)));
        assertThat(changes.count()).isEqualTo(positions.length);
        for (int i = 0; i < positions.length; i++) {
          assertThat(changes.place(i)).isEqualTo(positions[i]);
          assertThat(changes.value(i)).isEqualTo(entry.values()[i]);
        }
      }
    }
  }

  private Entry entry(int[] positions) {
    float[] values = new float[positions.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return new Entry("weight", positions, values);
  }

  private void expectTheSame(int[] positions, int rows, int width, int tokens) {
    Entry entry = entry(positions);
    int stride = (tokens + 2 * Lanes.COUNT - 1) / Lanes.COUNT * Lanes.COUNT;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment x = random(arena, width, stride);
      MemorySegment y = random(arena, rows, stride);
      float[] expected = y.toArray(ValueLayout.JAVA_FLOAT);
      for (int i = 0; i < positions.length; i++) {
        for (int token = 0; token < tokens; token++) {
          int to = positions[i] / width * stride + token;
          float from =
              x.getAtIndex(ValueLayout.JAVA_FLOAT, (long) positions[i] % width * stride + token);
          expected[to] = Math.fma(from, entry.values()[i], expected[to]);
        }
      }

      long bytes = Changes.bytes(entry, width);
      SegmentAllocator block =
          SegmentAllocator.slicingAllocator(arena.allocate(Math.max(bytes, 1), 4));
      Changes changes = Changes.pack(entry, width, block);
      Kernels.correct(x.address(), y.address(), stride * 4L, tokens, changes);

      assertThat(y.toArray(ValueLayout.JAVA_FLOAT)).isEqualTo(expected);
    }
  }

  private MemorySegment random(Arena arena, int rows, int stride) {
    MemorySegment memory =
        arena.allocate(4L * rows * stride + 64, 64).asSlice(0, 4L * rows * stride);
    for (long i = 0; i < (long) rows * stride; i++) {
      memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextDouble(-1, 1));
    }
    return memory;
  }
}
