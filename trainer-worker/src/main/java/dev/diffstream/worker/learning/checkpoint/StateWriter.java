package dev.diffstream.worker.learning.checkpoint;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Writes a state as a sequence of named sections, closed by the SHA-256 of all bytes before it. A
 * section: name, kind, number of elements, little-endian elements. {@link StateReader} reads the
 * same sections in the same order.
 */
public final class StateWriter {
  static final byte[] MAGIC = "diffstream checkpoint 1\n".getBytes(StandardCharsets.US_ASCII);
  static final int CHUNK = 1 << 14;

  /** As a checkpoint holds it. */
  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MessageDigest digest = sha256();
  private final DataOutputStream out;
  private final ByteBuffer chunk =
      ByteBuffer.allocate(CHUNK * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /**
   * @param fingerprint of everything that the state depends on
   */
  StateWriter(OutputStream out, String fingerprint, String stage) {
    this.out = new DataOutputStream(new DigestOutputStream(out, digest));
    run(() -> this.out.write(MAGIC));
    text("fingerprint", fingerprint);
    text("stage", stage);
  }

  public void text(String name, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    run(
        () -> {
          section(name, 't', bytes.length);
          out.write(bytes);
        });
  }

  public void floats(String name, float[] values) {
    floats(name, MemorySegment.ofArray(values));
  }

  /** Floats in the machine's byte order. */
  public void floats(String name, MemorySegment values) {
    MemorySegment block = MemorySegment.ofArray(chunk.array());
    int length = Math.toIntExact(values.byteSize() / Float.BYTES);
    run(
        () -> {
          section(name, 'f', length);
          for (int from = 0; from < length; from += CHUNK) {
            int n = Math.min(CHUNK, length - from);
            long at = (long) from * Float.BYTES;
            MemorySegment.copy(values, ValueLayout.JAVA_FLOAT_UNALIGNED, at, block, FLOAT, 0, n);
            out.write(chunk.array(), 0, n * Float.BYTES);
          }
        });
  }

  public void ints(String name, int[] values) {
    run(
        () -> {
          section(name, 'i', values.length);
          for (int from = 0; from < values.length; from += CHUNK) {
            chunk.clear();
            int n = Math.min(CHUNK, values.length - from);
            chunk.asIntBuffer().put(values, from, n);
            out.write(chunk.array(), 0, n * Integer.BYTES);
          }
        });
  }

  public void doubles(String name, double... values) {
    run(
        () -> {
          section(name, 'd', values.length);
          for (double value : values) {
            chunk.clear();
            out.write(chunk.putDouble(value).array(), 0, Double.BYTES);
          }
        });
  }

  /** Closes the sequence. */
  void finish() {
    run(
        () -> {
          section("end", 'e', 0);
          out.flush();
          byte[] sum = digest.digest();
          out.write(sum);
          out.flush();
        });
  }

  private void section(String name, char kind, int length) throws IOException {
    out.writeUTF(name);
    out.writeByte(kind);
    out.writeInt(length);
  }

  private interface Writing {
    void run() throws IOException;
  }

  private static void run(Writing writing) {
    try {
      writing.run();
    } catch (IOException e) {
      throw new UncheckedIOException("writing a checkpoint failed", e);
    }
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
