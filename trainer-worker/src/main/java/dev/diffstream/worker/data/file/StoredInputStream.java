package dev.diffstream.worker.data.file;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Tells a store that went away while it was read (OVERLOADED, asked again) from bytes that are
 * damaged: what the store itself throws says nothing about the data.
 */
final class StoredInputStream extends FilterInputStream {
  private final String name;

  StoredInputStream(InputStream in, String name) {
    super(in);
    this.name = name;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) {
    try {
      return super.read(bytes, offset, length);
    } catch (IOException e) {
      throw new DiffstreamException(
          ErrorCode.OVERLOADED, "reading " + name + " broke off: " + e.getMessage(), e);
    }
  }
}
