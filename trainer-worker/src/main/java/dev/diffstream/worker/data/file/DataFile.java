package dev.diffstream.worker.data.file;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * The text of a stored data file. Gzip is recognised by its first bytes, whatever the name says;
 * all of its members are read, and anything behind them that is no further member is damage. What
 * is certainly no text in UTF-8 with lines is refused before its first record is read.
 */
public final class DataFile {
  private static final int HEAD_BYTES = 1 << 16;
  private static final int SIGNATURE_BYTES = 16;

  /**
   * So few that the members of these bytes, headers and all, stay within the limit of packed bytes.
   */
  private static final int UNPACKED_AT_ONCE = 1 << 13;

  private final String key;
  private final long maxBytes;
  private final boolean jsonLines;

  /**
   * @param key names the file in messages
   * @param maxBytes of the unpacked text; QUOTA_EXCEEDED
   * @param jsonLines whether the file should hold JSON Lines
   */
  public DataFile(String key, long maxBytes, boolean jsonLines) {
    this.key = key;
    this.maxBytes = maxBytes;
    this.jsonLines = jsonLines;
  }

  /**
   * The unpacked text.
   *
   * @param stored the bytes as the store gives them
   * @param digest is updated by all stored bytes, once the text has been read to its end
   * @throws DiffstreamException DATA_UNREADABLE for what is no text; OVERLOADED if the store fails
   *     while it is read
   * @throws IOException for damaged gzip, here or while reading on
   */
  public InputStream open(InputStream stored, MessageDigest digest) throws IOException {
    BufferedInputStream raw =
        new BufferedInputStream(
            new DigestInputStream(new StoredInputStream(stored, key), digest), HEAD_BYTES);
    byte[] head = peek(raw, SIGNATURE_BYTES);
    if (head.length == 0 && key.toLowerCase(Locale.ROOT).endsWith(".gz")) {
      throw unreadable("is empty, expected gzip");
    }
    boolean packed = refuseUnlessGzip(FileSignature.of(head));
    BufferedInputStream text =
        new BufferedInputStream(
            new CappedInputStream(packed ? unpack(raw) : raw, maxBytes, key), HEAD_BYTES);
    byte[] first = peek(text, HEAD_BYTES);
    if (packed && refuseUnlessGzip(FileSignature.of(first))) {
      throw unreadable("is gzip within gzip, expected text in it");
    }
    new TextCheck(first, jsonLines)
        .problem()
        .ifPresent(
            problem -> {
              throw unreadable(problem);
            });
    return text;
  }

  private boolean refuseUnlessGzip(Optional<FileSignature> signature) {
    boolean gzip = signature.isPresent() && signature.get() == FileSignature.GZIP;
    if (signature.isPresent() && !gzip) {
      throw unreadable(
          "is " + signature.get().description() + ", expected text in UTF-8, plain or gzip");
    }
    return gzip;
  }

  private static InputStream unpack(InputStream raw) throws IOException {
    HeaderLimitInputStream limited = new HeaderLimitInputStream(raw);
    return new FilterInputStream(new GzipCompressorInputStream(limited, true)) {
      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        int n = super.read(bytes, offset, Math.min(length, UNPACKED_AT_ONCE));
        limited.unpacked();
        return n;
      }
    };
  }

  private static byte[] peek(BufferedInputStream in, int bytes) throws IOException {
    in.mark(bytes);
    byte[] head = in.readNBytes(bytes);
    in.reset();
    return head;
  }

  private DiffstreamException unreadable(String problem) {
    return new DiffstreamException(ErrorCode.DATA_UNREADABLE, key + " " + problem);
  }
}
