package dev.diffstream.cli.client;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FileFault;
import dev.diffstream.schemas.access.ApiKeySecret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The API key of whoever calls a command: from the environment, or a file that nobody else may
 * read. Never from the command line, which every process of the machine can see.
 */
public final class ApiKeyOfCaller {
  static final String KEY = "DIFFSTREAM_API_KEY";
  static final String FILE = "DIFFSTREAM_API_KEY_FILE";

  private static final Set<PosixFilePermission> OF_OTHERS =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private ApiKeyOfCaller() {}

  /**
   * Empty where neither variable is set.
   *
   * @throws DiffstreamException INVALID_REQUEST for what is no key, and for a file that others read
   */
  public static Optional<String> find() {
    return find(System.getenv());
  }

  static Optional<String> find(Map<String, String> environment) {
    String key = environment.getOrDefault(KEY, "").strip();
    String file = environment.getOrDefault(FILE, "").strip();
    if (!key.isEmpty()) {
      return Optional.of(checked(key, KEY));
    }
    return file.isEmpty() ? Optional.empty() : Optional.of(read(Path.of(file)));
  }

  private static String read(Path file) {
    try {
      if (Files.getFileStore(file).supportsFileAttributeView("posix")
          && Files.getPosixFilePermissions(file).stream().anyMatch(OF_OTHERS::contains)) {
        throw invalid(FILE + ": others may read or change " + file + "; chmod 600 it");
      }
      return checked(Files.readString(file).strip(), FILE + " (" + file + ")");
    } catch (IOException e) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST, FILE + ": " + FileFault.of(e, file), e);
    }
  }

  /** What is wrong is said without repeating it. */
  private static String checked(String key, String from) {
    if (!ApiKeySecret.isValid(key)) {
      throw invalid(from + ": expected an API key, " + ApiKeySecret.PREFIX + " and 43 characters");
    }
    return key;
  }

  private static DiffstreamException invalid(String message) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, message);
  }
}
