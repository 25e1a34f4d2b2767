package dev.diffstream.schemas.diff.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PositionCodeTest {
  private static final int ROUNDS = 300;

  private final PositionCode.Scratch scratch = new PositionCode.Scratch();

  @ParameterizedTest
  @EnumSource(PositionLayout.class)
  void everyLayoutWritesWhatTheObviousCoderWritesAndReadsItBack(PositionLayout layout)
      throws CorruptCode {
    long seed = new Random().nextLong();
    System.out.println("PositionCodeTest seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      Matrix matrix = new Matrix(1 + random.nextInt(40), 1 + random.nextInt(200));
      double density = Math.pow(random.nextDouble(), 4);
      int[] positions =
          IntStream.range(0, matrix.size()).filter(i -> random.nextDouble() < density).toArray();
      PositionCode code = new PositionCode(layout, random.nextInt(PositionCode.MAX_K + 1));
      String bits = obvious(layout, code.k(), matrix, positions);
      byte[] written = code.write(matrix, positions, bits.length());
      assertThat(text(written)).startsWith(bits);
      assertThat(written).hasSize((bits.length() + 7) / 8);
      assertThat(read(code, matrix, written, positions.length)).containsExactly(positions);
    }
  }

  @Test
  void theParameterOfALineIsTheLogarithmOfItsShare() {
    int[] lengths = {
      1, 2, 3, 7, 8, 9, 384, 1536, 30_522, 1 << 25, (1 << 30) + 1, Integer.MAX_VALUE
    };
    for (int length : lengths) {
      for (int count = 0; count <= Math.min(length, 3000); count++) {
        long share = Math.max(1, length / (count + 1L));
        int expected = Math.min(PositionCode.MAX_K, 63 - Long.numberOfLeadingZeros(share));
        assertThat(PositionCode.kWithin(length, count)).isEqualTo(expected);
      }
    }
  }

  @Test
  void theBestIsTheShortestThatTheObviousCoderFinds() {
    long seed = new Random().nextLong();
    System.out.println("PositionCodeTest seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 30; round++) {
      Matrix matrix = new Matrix(2 + random.nextInt(12), 2 + random.nextInt(60));
      int busy = random.nextInt(matrix.columns());
      int[] positions =
          IntStream.range(0, matrix.size())
              .filter(
                  i ->
                      random.nextInt(30) == 0
                          || (i % matrix.columns() == busy && random.nextBoolean()))
              .toArray();
      if (positions.length == 0) {
        continue;
      }
      int shortest = Integer.MAX_VALUE;
      for (PositionLayout layout : PositionLayout.values()) {
        for (int k = 0; k <= PositionCode.MAX_K; k++) {
          shortest = Math.min(shortest, obvious(layout, k, matrix, positions).length());
        }
      }
      PositionCode.Sized best = PositionCode.best(matrix, positions);
      assertThat(best.bits()).isEqualTo(shortest);
      assertThat(obvious(best.code().layout(), best.code().k(), matrix, positions))
          .hasSize(shortest);
    }
  }

  @Test
  void aGapFarAboveTheParameterIsReadToo() throws CorruptCode {
    Matrix matrix = new Matrix(1, 1 << 20);
    int[] positions = {0, 5, 300, 100_000, (1 << 20) - 1};
    PositionCode code = new PositionCode(PositionLayout.FLAT, 2);
    byte[] written = code.write(matrix, positions, 300_000);
    assertThat(read(code, matrix, written, positions.length)).containsExactly(positions);
  }

  @ParameterizedTest
  @EnumSource(PositionLayout.class)
  void noBitsMakeItRunAwayOrReadWrongly(PositionLayout layout) {
    long seed = new Random().nextLong();
    System.out.println("PositionCodeTest seed " + seed);
    Random random = new Random(seed);
    int succeeded = 0;
    for (int round = 0; round < 20_000; round++) {
      Matrix matrix = new Matrix(1 + random.nextInt(20), 1 + random.nextInt(20));
      PositionCode code = new PositionCode(layout, random.nextInt(PositionCode.MAX_K + 1));
      int[] valid = IntStream.range(0, matrix.size()).filter(i -> random.nextInt(9) == 0).toArray();
      String bits = obvious(layout, code.k(), matrix, valid);
      byte[] bytes = code.write(matrix, valid, bits.length());
      for (int flips = random.nextInt(4); flips > 0 && bytes.length > 0; flips--) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      if (random.nextInt(4) == 0) {
        Arrays.fill(bytes, random.nextInt(bytes.length + 1), bytes.length, (byte) 0);
      }
      int count = valid.length;
      try {
        int[] positions = read(code, matrix, bytes, count);
        succeeded++;
        assertThat(positions).isSorted();
        assertThat(Arrays.stream(positions).distinct().count()).isEqualTo(count);
        assertThat(Arrays.stream(positions).allMatch(p -> p >= 0 && p < matrix.size())).isTrue();
      } catch (CorruptCode expected) {
        assertThat(expected.expected()).isNotEmpty();
      }
    }
    assertThat(succeeded).isBetween(ROUNDS, 19_000);
  }

  @Test
  void linesWithoutABitAreRefusedBeforeTheyAreGoneThrough() {
    Matrix matrix = new Matrix(1 << 30, 1);
    assertThatThrownBy(() -> read(new PositionCode(PositionLayout.ROWS, 0), matrix, new byte[9], 1))
        .isInstanceOf(CorruptCode.class)
        .hasMessageContaining("a bit for each");
  }

  private int[] read(PositionCode code, Matrix matrix, byte[] bytes, int count) throws CorruptCode {
    ByteBuffer in = ByteBuffer.allocate(bytes.length + 3).put(3, bytes);
    int[] out = new int[count + 2];
    code.read(matrix, in, 3, bytes.length, count, out, 1, scratch);
    return Arrays.copyOfRange(out, 1, count + 1);
  }

  /** The specification, bit by bit, as text of 0 and 1. */
  private static String obvious(PositionLayout layout, int k, Matrix matrix, int[] positions) {
    StringBuilder out = new StringBuilder();
    if (layout == PositionLayout.FLAT) {
      gaps(out, Arrays.stream(positions).boxed().toList(), k);
      return out.toString();
    }
    boolean rows = layout == PositionLayout.ROWS;
    int lines = rows ? matrix.rows() : matrix.columns();
    int length = rows ? matrix.columns() : matrix.rows();
    for (int line = 0; line < lines; line++) {
      List<Integer> within = new ArrayList<>();
      for (int position : positions) {
        int row = position / matrix.columns();
        int column = position % matrix.columns();
        if ((rows ? row : column) == line) {
          within.add(rows ? column : row);
        }
      }
      rice(out, within.size(), k);
      int parameter = 0;
      while (2L << parameter <= length / (within.size() + 1)) {
        parameter++;
      }
      gaps(out, within, parameter);
    }
    return out.toString();
  }

  private static void gaps(StringBuilder out, List<Integer> ascending, int k) {
    int before = -1;
    for (int position : ascending) {
      rice(out, position - before - 1, k);
      before = position;
    }
  }

  private static void rice(StringBuilder out, int value, int k) {
    out.append("0".repeat(value >>> k)).append('1');
    for (int bit = 0; bit < k; bit++) {
      out.append((value >>> bit) & 1);
    }
  }

  private static String text(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte b : bytes) {
      for (int bit = 0; bit < 8; bit++) {
        text.append((b >>> bit) & 1);
      }
    }
    return text.toString();
  }
}
