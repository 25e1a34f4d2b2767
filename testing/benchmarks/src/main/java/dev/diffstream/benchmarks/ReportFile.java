package dev.diffstream.benchmarks;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The file of {@code --json}: replaced as a whole, so that it is a report at every moment. */
record ReportFile(@Nullable Path path) {

  /** Before a measurement that takes long. */
  void expectWritable() {
    if (path != null && Files.isDirectory(path)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "cannot write " + path + ": expected the name of a file, got a directory");
    }
  }

  /** The report of an earlier run; empty if there is none. */
  Optional<LearnReport> read() {
    try {
      if (path == null || !Files.exists(path) || Files.size(path) == 0) {
        return Optional.empty();
      }
      return Optional.of(Json.read(Files.readAllBytes(path), LearnReport.class, path.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void write(Object report) {
    if (path == null) {
      return;
    }
    Path absolute = path.toAbsolutePath();
    Path partial = absolute.resolveSibling(absolute.getFileName() + ".partial");
    try {
      Path parent = absolute.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      Files.writeString(partial, Json.writeText(report) + "\n");
      Files.move(
          partial, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
