package dev.diffstream.registry.submission;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/** A file of a caller on this machine's disk, until it stands in the bucket. */
public final class StagedFile implements AutoCloseable {
  private final String name;
  private final Path path;
  private final String digest;

  private StagedFile(String name, Path path, String digest) {
    this.name = name;
    this.path = path;
    this.digest = digest;
  }

  /** Writes the bytes of a file. */
  public interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * @param name as the caller says; "file" where it is blank
   * @throws DiffstreamException INVALID_REQUEST if the content cannot be read to its end
   */
  public static StagedFile of(String name, InputStream content) {
    return of(name, content::transferTo);
  }

  /** As the other, for content that is made while it is written. */
  public static StagedFile of(String name, Content content) {
    Path path;
    try {
      path = Files.createTempFile("diffstream-upload-", ".tmp");
    } catch (IOException e) {
      throw new DiffstreamException(
          ErrorCode.OVERLOADED, "no room for an upload on this machine: " + e, e);
    }
    MessageDigest digest = Sha256.digest();
    try (OutputStream out =
        new DigestOutputStream(new BufferedOutputStream(Files.newOutputStream(path)), digest)) {
      content.writeTo(out);
    } catch (IOException e) {
      delete(path);
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "the file " + Bounded.value(shown(name)) + " cannot be read: " + e,
          e);
    } catch (RuntimeException e) {
      delete(path);
      throw e;
    }
    return new StagedFile(shown(name), path, HexFormat.of().formatHex(digest.digest()));
  }

  private static String shown(String name) {
    return name.isBlank() ? "file" : name;
  }

  /** As the caller named it. */
  public String name() {
    return name;
  }

  /** SHA-256 of its bytes. */
  String digest() {
    return digest;
  }

  public InputStream open() {
    try {
      return Files.newInputStream(path);
    } catch (IOException e) {
      throw new DiffstreamException(
          ErrorCode.OVERLOADED,
          "the upload " + Bounded.value(name) + " is gone from this machine's disk",
          e);
    }
  }

  @Override
  public void close() {
    delete(path);
  }

  private static void delete(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      path.toFile().deleteOnExit();
    }
  }
}
