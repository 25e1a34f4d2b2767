package dev.diffstream.worker.data.file;

import dev.diffstream.schemas.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.util.HexFormat;

/** Counts the bytes of one stored file while they are read, and hashes them. */
public final class HashedInputStream extends DigestInputStream {
  private long count;

  public HashedInputStream(InputStream stored) {
    super(stored, Sha256.digest());
  }

  @Override
  public int read() throws IOException {
    int one = super.read();
    count += one < 0 ? 0 : 1;
    return one;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int n = super.read(bytes, offset, length);
    count += Math.max(n, 0);
    return n;
  }

  /** Of the bytes that were read so far. */
  public long count() {
    return count;
  }

  /** SHA-256 of the bytes that were read; once, at the end. */
  public String hash() {
    return HexFormat.of().formatHex(getMessageDigest().digest());
  }
}
