package dev.diffstream.worker.data.file;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Fails with QUOTA_EXCEEDED once more than {@code maxBytes} bytes were read: a small file may
 * unpack to a very large one.
 */
final class CappedInputStream extends FilterInputStream {
  private final long maxBytes;
  private final String name;
  private long read;

  CappedInputStream(InputStream in, long maxBytes, String name) {
    super(in);
    this.maxBytes = maxBytes;
    this.name = name;
  }

  @Override
  public int read() throws IOException {
    int b = super.read();
    if (b >= 0) {
      count(1);
    }
    return b;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int n = super.read(bytes, offset, length);
    if (n > 0) {
      count(n);
    }
    return n;
  }

  private void count(int n) {
    read += n;
    if (read > maxBytes) {
      throw new DiffstreamException(
          ErrorCode.QUOTA_EXCEEDED, name + " unpacks to more than " + maxBytes + " bytes");
    }
  }
}
