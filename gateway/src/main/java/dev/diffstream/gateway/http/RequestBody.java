package dev.diffstream.gateway.http;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.service.http.TooLargeException;
import io.micronaut.http.HttpHeaders;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/** The body of a request, decompressed: gzip, deflate (with or without a zlib header), identity. */
final class RequestBody {
  private static final int GZIP_TRAILER = 8;

  private RequestBody() {}

  /**
   * The bytes of {@code body} as its encoding means them.
   *
   * @throws DiffstreamException INVALID_REQUEST for another encoding, and for a body that is not of
   *     its encoding, ends early or goes on behind its end; with status 413 for one that is larger
   *     than {@code maxBytes}, packed or unpacked
   */
  static byte[] read(HttpHeaders headers, byte @Nullable [] body, int maxBytes) {
    byte[] sent = body == null ? new byte[0] : body;
    String encoding =
        headers.getFirst(BodyEncodingHeader.NAME).orElse("identity").toLowerCase(Locale.ROOT);
    byte[] bytes =
        switch (encoding) {
          case "identity" -> sent;
          case "gzip", "x-gzip" -> unpack(encoding, sent, maxBytes, RequestBody::gunzip);
          case "deflate" -> unpack(encoding, sent, maxBytes, RequestBody::inflate);
          default ->
              throw new DiffstreamException(
                  ErrorCode.INVALID_REQUEST,
                  "Content-Encoding must be gzip, deflate or identity, got: "
                      + Bounded.value(encoding));
        };
    if (bytes.length > maxBytes) {
      throw new TooLargeException("expected a body of at most " + maxBytes + " bytes, got more");
    }
    return bytes;
  }

  @FunctionalInterface
  private interface Decoder {
    byte[] decode(byte[] packed, int max) throws IOException;
  }

  private static byte[] unpack(String encoding, byte[] packed, int maxBytes, Decoder decoder) {
    try {
      return decoder.decode(packed, maxBytes + 1);
    } catch (IOException e) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "Content-Encoding is " + encoding + ", but the body cannot be unpacked: " + e,
          e);
    }
  }

  private static byte[] gunzip(byte[] packed, int max) throws IOException {
    try (WholeGzip in = new WholeGzip(packed)) {
      byte[] bytes = in.readNBytes(max);
      in.expectEnd(bytes.length == max);
      return bytes;
    }
  }

  private static byte[] inflate(byte[] packed, int max) throws IOException {
    Inflater inflater = new Inflater(!hasZlibHeader(packed));
    try (InputStream in =
        new InflaterInputStream(
            new ByteArrayInputStream(packed), inflater, Math.max(1, packed.length))) {
      byte[] bytes = in.readNBytes(max);
      if (bytes.length < max && inflater.getRemaining() > 0) {
        throw new IOException(inflater.getRemaining() + " bytes behind the end");
      }
      return bytes;
    } finally {
      inflater.end();
    }
  }

  private static boolean hasZlibHeader(byte[] packed) {
    return packed.length >= 2
        && (packed[0] & 0x0f) == 8
        && ((packed[0] & 0xff) << 8 | packed[1] & 0xff) % 31 == 0;
  }

  /** The JDK's reader takes a damaged later member for the end. */
  private static final class WholeGzip extends GZIPInputStream {
    WholeGzip(byte[] packed) throws IOException {
      super(new ByteArrayInputStream(packed), Math.max(1, packed.length));
    }

    void expectEnd(boolean cut) throws IOException {
      if (!cut && inf.getRemaining() > GZIP_TRAILER) {
        throw new IOException(inf.getRemaining() - GZIP_TRAILER + " bytes behind the end");
      }
    }
  }
}
