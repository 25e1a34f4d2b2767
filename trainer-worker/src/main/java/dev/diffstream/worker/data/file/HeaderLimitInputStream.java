package dev.diffstream.worker.data.file;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The packed bytes of a gzip file. Fails when too many of them are read without giving any unpacked
 * byte: names and comments in headers have no length limit, and the library holds them in memory.
 */
final class HeaderLimitInputStream extends FilterInputStream {
  static final int MAX_BYTES = 1 << 20;

  private long read;
  private long readAtMark;

  HeaderLimitInputStream(InputStream in) {
    super(in);
  }

  /** To be called when packed bytes have given unpacked ones. */
  void unpacked() {
    readAtMark -= read;
    read = 0;
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

  @Override
  public long skip(long n) throws IOException {
    long skipped = super.skip(n);
    count(skipped);
    return skipped;
  }

  @Override
  public synchronized void mark(int limit) {
    super.mark(limit);
    readAtMark = read;
  }

  @Override
  public synchronized void reset() throws IOException {
    super.reset();
    read = readAtMark;
  }

  private void count(long n) throws IOException {
    read += n;
    if (read > MAX_BYTES) {
      throw new IOException("more than " + MAX_BYTES + " packed bytes give no unpacked one");
    }
  }
}
