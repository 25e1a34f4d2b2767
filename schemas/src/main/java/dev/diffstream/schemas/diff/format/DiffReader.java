package dev.diffstream.schemas.diff.format;

import dev.diffstream.schemas.diff.model.Diff;
import java.nio.ByteBuffer;

/** Reads a whole diff into memory, as strictly as {@link DiffFile} does. */
public final class DiffReader {
  private DiffReader() {}

  public static Diff read(byte[] file) {
    return read(ByteBuffer.wrap(file));
  }

  /** Reads the bytes from 0 to the limit. */
  public static Diff read(ByteBuffer file) {
    return DiffFile.of(file).toDiff();
  }
}
