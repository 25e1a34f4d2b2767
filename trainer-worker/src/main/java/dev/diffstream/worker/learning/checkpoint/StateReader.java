package dev.diffstream.worker.learning.checkpoint;

import dev.diffstream.schemas.DiffstreamException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Reads what {@link StateWriter} wrote, section by section in the same order. Whatever is not as it
 * must be is an {@link UnusableCheckpointException}.
 */
public final class StateReader implements AutoCloseable {
  private static final int MAX_TEXT = 1 << 20;

  private final MessageDigest digest = StateWriter.sha256();
  private final DataInputStream in;
  private final ByteBuffer chunk =
      ByteBuffer.allocate(StateWriter.CHUNK * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final String fingerprint;
  private final String stage;

  StateReader(InputStream in) {
    this.in =
        new DataInputStream(new DigestInputStream(new BufferedInputStream(in, 1 << 16), digest));
    byte[] magic = new byte[StateWriter.MAGIC.length];
    run(() -> this.in.readFully(magic));
    if (!Arrays.equals(magic, StateWriter.MAGIC)) {
      throw broken("it does not begin as a checkpoint does");
    }
    this.fingerprint = text("fingerprint");
    this.stage = text("stage");
  }

  /**
   * Reads a whole checkpoint and says whether it is as it was written.
   *
   * @param in closed afterwards
   */
  static boolean isWhole(InputStream in) {
    MessageDigest digest = StateWriter.sha256();
    int sumBytes = digest.getDigestLength();
    try (in) {
      byte[] block = new byte[StateWriter.CHUNK];
      byte[] tail = new byte[0];
      for (int n = in.readNBytes(block, 0, block.length);
          n > 0;
          n = in.readNBytes(block, 0, block.length)) {
        byte[] all = Arrays.copyOf(tail, tail.length + n);
        System.arraycopy(block, 0, all, tail.length, n);
        int settled = Math.max(0, all.length - sumBytes);
        digest.update(all, 0, settled);
        tail = Arrays.copyOfRange(all, settled, all.length);
      }
      return Arrays.equals(tail, digest.digest());
    } catch (IOException e) {
      throw new UnusableCheckpointException("reading a checkpoint failed", e);
    }
  }

  String fingerprint() {
    return fingerprint;
  }

  String stage() {
    return stage;
  }

  public String text(String name) {
    int length = section(name, 't');
    if (length > MAX_TEXT) {
      throw broken(name + " has " + length + " bytes");
    }
    byte[] bytes = new byte[length];
    run(() -> in.readFully(bytes));
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Fills {@code into}, whose length must be the section's. */
  public void floats(String name, float[] into) {
    floats(name, MemorySegment.ofArray(into));
  }

  /** As {@link #floats(String, float[])}; floats in the machine's byte order. */
  public void floats(String name, MemorySegment into) {
    MemorySegment block = MemorySegment.ofArray(chunk.array());
    int length = Math.toIntExact(into.byteSize() / Float.BYTES);
    expect(name, section(name, 'f'), length);
    for (int from = 0; from < length; from += StateWriter.CHUNK) {
      int n = Math.min(StateWriter.CHUNK, length - from);
      long at = (long) from * Float.BYTES;
      read(n * Float.BYTES);
      MemorySegment.copy(
          block, StateWriter.FLOAT, 0, into, ValueLayout.JAVA_FLOAT_UNALIGNED, at, n);
    }
  }

  /** As {@link #floats(String, float[])}. */
  public void ints(String name, int[] into) {
    expect(name, section(name, 'i'), into.length);
    for (int from = 0; from < into.length; from += StateWriter.CHUNK) {
      int n = Math.min(StateWriter.CHUNK, into.length - from);
      read(n * Integer.BYTES);
      chunk.asIntBuffer().get(into, from, n);
    }
  }

  /** {@code count} numbers. */
  public double[] doubles(String name, int count) {
    expect(name, section(name, 'd'), count);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      read(Double.BYTES);
      values[i] = chunk.getDouble();
    }
    return values;
  }

  public double number(String name) {
    return doubles(name, 1)[0];
  }

  /** Checks that all was read and that every byte is as it was written. */
  public void finish() {
    section("end", 'e');
    byte[] expected = digest.digest();
    byte[] sum = new byte[expected.length];
    run(() -> in.readFully(sum));
    if (!Arrays.equals(sum, expected)) {
      throw broken("its SHA-256 is another than it says");
    }
  }

  @Override
  public void close() {
    run(in::close);
  }

  private int section(String expectedName, char expectedKind) {
    int[] length = new int[1];
    run(
        () -> {
          String name = in.readUTF();
          char kind = (char) in.readByte();
          length[0] = in.readInt();
          if (!name.equals(expectedName) || kind != expectedKind || length[0] < 0) {
            throw broken(
                "expected %s of kind %s, got %s of kind %s and length %d"
                    .formatted(expectedName, expectedKind, name, kind, length[0]));
          }
        });
    return length[0];
  }

  private static void expect(String name, int actual, int expected) {
    if (actual != expected) {
      throw broken("%s has %d elements, expected %d".formatted(name, actual, expected));
    }
  }

  private void read(int bytes) {
    chunk.clear();
    run(() -> in.readFully(chunk.array(), 0, bytes));
  }

  private interface Reading {
    void run() throws IOException;
  }

  private static void run(Reading reading) {
    try {
      reading.run();
    } catch (IOException e) {
      throw new UnusableCheckpointException("reading a checkpoint failed", e);
    } catch (DiffstreamException e) { // the store's
      throw new UnusableCheckpointException("reading a checkpoint failed", new IOException(e));
    }
  }

  private static UnusableCheckpointException broken(String why) {
    String message = "the checkpoint is unusable: " + why;
    return new UnusableCheckpointException(message, new IOException(message));
  }
}
