package dev.diffstream.cli.score;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FileFault;
import dev.diffstream.schemas.Sha256;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.HexFormat;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/** A file of rows on this machine. */
record ScoreInput(Path file) {
  private static final String GZIP = ".gz";

  /** Of UTF-8, unpacked. */
  BufferedReader open() throws IOException {
    InputStream in = Files.newInputStream(file);
    try {
      InputStream unpacked = name().endsWith(GZIP) ? new GZIPInputStream(in) : in;
      BufferedReader reader =
          new BufferedReader(new InputStreamReader(unpacked, StandardCharsets.UTF_8.newDecoder()));
      skipByteOrderMark(reader);
      return reader;
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  private static void skipByteOrderMark(BufferedReader reader) throws IOException {
    reader.mark(1);
    if (reader.read() != '\ufeff') {
      reader.reset();
    }
  }

  private String name() {
    return file.getFileName().toString().toLowerCase(Locale.ROOT);
  }

  /** The part of its name that tells the format, such as {@code csv}. */
  String extension() {
    String name = name();
    String plain = name.endsWith(GZIP) ? name.substring(0, name.length() - GZIP.length()) : name;
    return plain.substring(plain.lastIndexOf('.') + 1);
  }

  /** SHA-256 of its bytes. */
  String digest() {
    try (InputStream in = Files.newInputStream(file);
        DigestInputStream digested = new DigestInputStream(in, Sha256.digest())) {
      digested.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(digested.getMessageDigest().digest());
    } catch (IOException e) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST, "cannot read " + file + ": " + FileFault.of(e, file), e);
    }
  }
}
