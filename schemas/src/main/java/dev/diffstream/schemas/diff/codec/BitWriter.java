package dev.diffstream.schemas.diff.codec;

import java.util.Arrays;

/** Bits into bytes, the lowest bit of a byte first; the last byte is filled with zeros. */
final class BitWriter {
  private byte[] bytes;
  private long bits;

  BitWriter(long bits) {
    bytes = new byte[Math.toIntExact((bits + 7) >>> 3)];
  }

  /** A quotient in unary, as many zeros and a one, then the {@code k} low bits of the value. */
  void rice(long value, int k) {
    bits += value >>> k;
    put(1, 1);
    put(value & ((1L << k) - 1), k);
  }

  void put(long value, int count) {
    for (int i = 0; i < count; i++, bits++) {
      if (((value >>> i) & 1) != 0) {
        bytes[(int) (bits >>> 3)] |= (byte) (1 << (bits & 7));
      }
    }
  }

  byte[] bytes() {
    int used = (int) ((bits + 7) >>> 3);
    return used == bytes.length ? bytes : Arrays.copyOf(bytes, used);
  }
}
