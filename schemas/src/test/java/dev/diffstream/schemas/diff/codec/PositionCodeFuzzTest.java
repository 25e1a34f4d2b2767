package dev.diffstream.schemas.diff.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Any bits are positions that ascend within their matrix, or refused. */
class PositionCodeFuzzTest {
  private static final int HEADER = 7;

  private final PositionCode.Scratch scratch = new PositionCode.Scratch();

  @FuzzTest(maxDuration = "10m")
  void bits(byte[] input) {
    if (input.length < HEADER) {
      return;
    }
    ByteBuffer in = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
    int code = in.get() & 0xFF;
    PositionLayout layout = PositionLayout.values()[(code >>> 5) % PositionLayout.values().length];
    PositionCode positions = new PositionCode(layout, (code & 31) % (PositionCode.MAX_K + 1));
    Matrix matrix = new Matrix(1 + (in.getShort() & 0x7FFF), 1 + (in.getShort() & 0x7FFF));
    int bytes = input.length - HEADER;
    int count = Math.min(Math.min(matrix.size(), 8 * bytes), in.getShort() & 0xFFFF);
    int[] out = new int[count];
    try {
      positions.read(matrix, in, HEADER, bytes, count, out, 0, scratch);
    } catch (CorruptCode refused) {
      return;
    }
    for (int i = 0; i < count; i++) {
      assertThat(out[i]).isGreaterThan(i == 0 ? -1 : out[i - 1]).isLessThan(matrix.size());
    }
    byte[] read = Arrays.copyOfRange(input, HEADER, input.length);
    assertThat(positions.write(matrix, out, 8L * bytes)).startsWith(written(read));
  }

  /** The writer leaves no zeros behind the last byte with a one; the reader asks for them. */
  private static byte[] written(byte[] read) {
    int end = read.length;
    while (end > 0 && read[end - 1] == 0) {
      end--;
    }
    return Arrays.copyOf(read, end);
  }
}
