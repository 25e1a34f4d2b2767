package dev.diffstream.cli.file;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FileFault;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/**
 * A file that a command writes. Under a temporary name beside it first, so that no half of a file
 * is ever found there; links are followed; straight into what is there and no file, such as {@code
 * /dev/stdout}.
 */
public final class OutputFile {
  /** What goes into it. */
  @FunctionalInterface
  public interface Content {
    void write(OutputStream out) throws IOException;
  }

  private OutputFile() {}

  /**
   * For those who have long to work, or something to print, before they write.
   *
   * @param file null if nothing is to be written
   * @throws DiffstreamException INVALID_REQUEST if it is a directory
   */
  public static void expectNoDirectory(@Nullable Path file) {
    if (file != null && Files.isDirectory(file)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "cannot write " + file + ": expected the name of a file, got a directory");
    }
  }

  /** As UTF-8. */
  public static void write(Path file, String text) {
    write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Makes the directories that lead to it too.
   *
   * @throws DiffstreamException INVALID_REQUEST with the cause if nothing can be written there
   */
  public static void write(Path file, Content content) {
    expectNoDirectory(file);
    try {
      Path parent = file.toAbsolutePath().getParent();
      if (parent != null && !Files.isDirectory(parent)) {
        Files.createDirectories(parent);
      }
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        fill(file, content);
      } else {
        replace(Files.exists(file) ? file.toRealPath() : file, content);
      }
    } catch (IOException e) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST, "cannot write " + file + ": " + FileFault.of(e, file), e);
    }
  }

  private static void replace(Path file, Content content) throws IOException {
    Path partial = file.resolveSibling(file.getFileName() + ".partial");
    try {
      fill(partial, content);
      Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(partial);
      throw e;
    }
  }

  private static void fill(Path file, Content content) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      content.write(out);
    }
  }
}
