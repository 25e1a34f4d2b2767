package dev.diffstream.registry.submission;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.multipart.DefaultHttpDataFactory;
import io.netty.handler.codec.http.multipart.FileUpload;
import io.netty.handler.codec.http.multipart.HttpData;
import io.netty.handler.codec.http.multipart.HttpPostMultipartRequestDecoder;
import io.netty.handler.codec.http.multipart.HttpPostRequestDecoder.EndOfDataDecoderException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The parts of a form that a controller asks for; what else a caller sends is read past. */
public final class FormParts implements AutoCloseable {
  private static final int MAX_TEXT_BYTES = 64 << 10;
  private static final int CHUNK = 64 << 10;

  /** Larger parts go to disk while they are read. */
  private static final int IN_MEMORY = 64 << 10;

  private final Map<String, String> texts = new HashMap<>();
  private final Map<String, StagedFile> files = new HashMap<>();

  private FormParts() {}

  /**
   * Reads the form to its end.
   *
   * @param contentType of the request: {@code multipart/form-data} with its boundary
   * @param texts names of the parts that are short texts
   * @param files names of the parts that are files
   * @throws DiffstreamException INVALID_REQUEST for a part that comes twice, for a text of more
   *     than 64 KiB, and for what is no such form
   */
  public static FormParts of(
      String contentType, InputStream body, Set<String> texts, Set<String> files) {
    FormParts parts = new FormParts();
    DefaultHttpRequest head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/");
    head.headers().set(HttpHeaderNames.CONTENT_TYPE, contentType);
    HttpPostMultipartRequestDecoder decoder = null;
    try {
      decoder = new HttpPostMultipartRequestDecoder(new DefaultHttpDataFactory(IN_MEMORY), head);
      byte[] chunk = new byte[CHUNK];
      for (int n = body.read(chunk); n >= 0; n = body.read(chunk)) {
        decoder.offer(new DefaultHttpContent(Unpooled.wrappedBuffer(chunk, 0, n)));
        parts.takeAll(decoder, texts, files);
      }
      decoder.offer(LastHttpContent.EMPTY_LAST_CONTENT);
      parts.takeAll(decoder, texts, files);
      return parts;
    } catch (RuntimeException | IOException e) {
      parts.close();
      throw e instanceof DiffstreamException known
          ? known
          : new DiffstreamException(
              ErrorCode.INVALID_REQUEST, "the body is no form that can be read: " + e, e);
    } finally {
      if (decoder != null) {
        decoder.destroy();
      }
    }
  }

  private void takeAll(
      HttpPostMultipartRequestDecoder decoder, Set<String> textNames, Set<String> fileNames)
      throws IOException {
    try {
      while (decoder.hasNext()) {
        if (decoder.next() instanceof HttpData part) {
          take(part, textNames, fileNames);
          decoder.removeHttpDataFromClean(part);
          part.release();
        }
      }
    } catch (EndOfDataDecoderException e) {
      // the part behind the last one was empty
    }
  }

  private void take(HttpData part, Set<String> textNames, Set<String> fileNames)
      throws IOException {
    String name = part.getName();
    if (texts.containsKey(name) || files.containsKey(name)) {
      throw invalid("the part " + name + " comes twice");
    }
    if (textNames.contains(name)) {
      if (part.length() > MAX_TEXT_BYTES) {
        throw invalid("the part " + name + " has more than " + MAX_TEXT_BYTES + " bytes");
      }
      texts.put(name, new String(part.get(), StandardCharsets.UTF_8));
    } else if (fileNames.contains(name)) {
      String fileName = part instanceof FileUpload file ? file.getFilename() : name;
      try (InputStream content = open(part)) {
        files.put(name, StagedFile.of(fileName == null ? "" : fileName, content));
      }
    }
  }

  private static InputStream open(HttpData part) throws IOException {
    return part.isInMemory()
        ? new ByteArrayInputStream(part.get())
        : Files.newInputStream(part.getFile().toPath());
  }

  private static DiffstreamException invalid(String message) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, message);
  }

  /** A part that is a text. */
  public Optional<String> text(String name) {
    return Optional.ofNullable(texts.get(name));
  }

  /** A part that is a file; it is deleted with the form. */
  public Optional<StagedFile> file(String name) {
    return Optional.ofNullable(files.get(name));
  }

  /**
   * @throws DiffstreamException INVALID_REQUEST if the form lacks the part
   */
  public StagedFile requiredFile(String name) {
    return file(name).orElseThrow(() -> invalid("the form lacks the part " + name));
  }

  /** All that are files, by the names of their parts. */
  public Map<String, StagedFile> files() {
    return Map.copyOf(files);
  }

  @Override
  public void close() {
    files.values().forEach(StagedFile::close);
  }
}
