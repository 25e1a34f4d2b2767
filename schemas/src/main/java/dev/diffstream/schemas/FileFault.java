package dev.diffstream.schemas;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the system says of a file that cannot be read or written, in words for a person. */
public final class FileFault {
  private FileFault() {}

  /** Such as {@code /data/diff: no such file}. */
  public static String of(IOException fault) {
    String file = file(fault);
    return file == null ? reason(fault) : file + ": " + reason(fault);
  }

  /** The same without the file's name where it is {@code named}, which stands before it already. */
  public static String of(IOException fault, Path named) {
    return named.toString().equals(file(fault)) ? reason(fault) : of(fault);
  }

  /** Of an exception that is or wraps one of a file; empty for others. */
  public static Optional<String> in(Exception exception) {
    Throwable fault = exception instanceof UncheckedIOException ? exception.getCause() : exception;
    return fault instanceof IOException of ? Optional.of(of(of)) : Optional.empty();
  }

  private static @Nullable String file(IOException fault) {
    return fault instanceof FileSystemException of ? of.getFile() : null;
  }

  private static String reason(IOException fault) {
    if (fault instanceof NoSuchFileException) {
      return "no such file";
    }
    if (fault instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (fault instanceof NotDirectoryException) {
      return "is no directory";
    }
    if (fault instanceof FileAlreadyExistsException) {
      return "is there already";
    }
    String said = fault instanceof FileSystemException of ? of.getReason() : fault.getMessage();
    return said == null || said.isEmpty()
        ? "cannot be used"
        : said.substring(0, 1).toLowerCase(Locale.ROOT) + said.substring(1);
  }
}
