package dev.diffstream.cli.score;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * A file that is written row by row, and goes on where it ended when its process was killed. Until
 * it is whole it stands beside its place as {@code <name>.partial}, with {@code <name>.progress},
 * which says how much of it is on the disk and for what.
 */
final class ResumableFile implements AutoCloseable {
  private static final Duration SAVED_EVERY = Duration.ofSeconds(1);

  private final Path file;
  private final Path partial;
  private final Path progress;
  private final String purpose;
  private final FileChannel channel;
  private long rows;
  private long failed;
  private long saved;

  /**
   * @param purpose input, task and options
   * @param failed rows without a prediction
   */
  private record Progress(String purpose, long rows, long failed, long bytes) {}

  private ResumableFile(Path file, String purpose) throws IOException {
    this.file = file;
    this.partial = beside(file, ".partial");
    this.progress = beside(file, ".progress");
    this.purpose = purpose;
    this.channel = FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    this.saved = System.nanoTime();
  }

  private static Path beside(Path file, String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  /**
   * Goes on with what is there, or begins.
   *
   * @param purpose what else decides its content; what is there of another is not gone on with
   * @throws DiffstreamException INVALID_REQUEST if the file is there already, or half of another
   */
  static ResumableFile open(Path file, String purpose) throws IOException {
    if (Files.exists(file)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          file + " is there already; remove it, or name another (--out)");
    }
    Path progress = beside(file, ".progress");
    Progress before = new Progress(purpose, 0, 0, 0);
    if (Files.exists(progress)) {
      before = Json.read(Files.readAllBytes(progress), Progress.class, progress.toString());
      if (!before.purpose().equals(purpose)) {
        throw new DiffstreamException(
            ErrorCode.INVALID_REQUEST,
            "%s was begun for another input, task or other options; remove it, or name another file (--out)"
                .formatted(progress));
      }
    }
    ResumableFile opened = new ResumableFile(file, purpose);
    opened.goOn(before);
    return opened;
  }

  private void goOn(Progress before) throws IOException {
    if (channel.size() < before.bytes()) {
      channel.close();
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "%s is shorter than %s says; remove both to begin anew".formatted(partial, progress));
    }
    long kept = before.rows() == 0 ? 0 : before.bytes();
    channel.truncate(kept);
    channel.position(kept);
    rows = before.rows();
    failed = before.failed();
  }

  /** Rows that are written. */
  long rows() {
    return rows;
  }

  /** Rows that are written without a prediction. */
  long failed() {
    return failed;
  }

  void writeHeader(String header) throws IOException {
    write(header);
  }

  void writeRow(String row, boolean withoutPrediction) throws IOException {
    write(row);
    rows++;
    failed += withoutPrediction ? 1 : 0;
    if (System.nanoTime() - saved > SAVED_EVERY.toNanos()) {
      save();
    }
  }

  private void write(String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** The bytes come to the disk before the note that they are there. */
  private void save() throws IOException {
    channel.force(false);
    Path next = beside(progress, ".new");
    Files.write(next, Json.write(new Progress(purpose, rows, failed, channel.position())));
    Files.move(next, progress, StandardCopyOption.ATOMIC_MOVE);
    saved = System.nanoTime();
  }

  /** It is whole, and stands in its place. */
  void finish() throws IOException {
    channel.force(true);
    channel.close();
    Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    Files.deleteIfExists(progress);
  }

  /** Notes what was written. */
  @Override
  public void close() throws IOException {
    if (channel.isOpen()) {
      save();
      channel.close();
    }
  }
}
