package dev.diffstream.cli.file;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FileFault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;

/** A file in memory as the system pages it in. */
public final class MappedFile {
  private MappedFile() {}

  /**
   * Maps a file and hands it on; what is wrong with it is told with its name before.
   *
   * @throws DiffstreamException DATA_UNREADABLE if it cannot be opened or has 2 GiB and more; what
   *     the reader throws
   */
  public static <T> T reading(Path file, Function<ByteBuffer, T> reader) {
    try (FileChannel in = FileChannel.open(file)) {
      if (Files.isDirectory(file)) {
        throw new DiffstreamException(
            ErrorCode.DATA_UNREADABLE, "expected a file, got a directory");
      }
      if (in.size() > Integer.MAX_VALUE) {
        throw new DiffstreamException(
            ErrorCode.DATA_UNREADABLE,
            "expected less than 2 GiB, got %d bytes".formatted(in.size()));
      }
      return reader.apply(in.map(FileChannel.MapMode.READ_ONLY, 0, in.size()));
    } catch (IOException e) {
      throw new DiffstreamException(
          ErrorCode.DATA_UNREADABLE, "cannot read " + file + ": " + FileFault.of(e, file), e);
    } catch (DiffstreamException e) {
      throw new DiffstreamException(e.code(), file + ": " + e.reason(), e);
    }
  }
}
