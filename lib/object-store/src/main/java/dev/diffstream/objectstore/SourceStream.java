package dev.diffstream.objectstore;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * What a caller uploads. Remembers its own failure, which the client would report as if the network
 * had failed.
 */
final class SourceStream extends FilterInputStream {
  private volatile @Nullable Exception failure;

  SourceStream(InputStream source) {
    super(source);
  }

  @Nullable Exception failure() {
    return failure;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    try {
      return super.read(bytes, offset, length);
    } catch (IOException | RuntimeException failed) {
      failure = failed;
      throw failed;
    }
  }
}
