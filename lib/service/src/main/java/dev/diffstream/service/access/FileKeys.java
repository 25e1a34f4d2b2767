package dev.diffstream.service.access;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FileFault;
import dev.diffstream.schemas.access.ApiKey;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a file: a JSON array of what {@code diffstream api-keys create --record} prints. It
 * is read again at each look; a key that stands there no more is revoked.
 */
final class FileKeys implements KeySource {
  private static final long MAX_BYTES = 16 << 20;

  private final Path file;

  FileKeys(Path file) {
    this.file = file;
  }

  @Override
  public KeyRing read() {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw unreadable("it has more than " + MAX_BYTES + " bytes", null);
      }
      ApiKey[] keys = Json.read(Files.readAllBytes(file), ApiKey[].class, file.toString());
      return new KeyRing(List.of(keys), Set.of());
    } catch (IOException e) {
      throw unreadable(FileFault.of(e, file), e);
    }
  }

  private DiffstreamException unreadable(String reason, @Nullable IOException e) {
    return new DiffstreamException(
        ErrorCode.DATA_UNREADABLE, "the API keys in " + file + " cannot be read: " + reason, e);
  }
}
