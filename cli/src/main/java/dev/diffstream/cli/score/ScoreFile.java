package dev.diffstream.cli.score;

import dev.diffstream.cli.client.Connection;
import dev.diffstream.cli.client.HttpJson;
import dev.diffstream.cli.score.ScoreOptions.Format;
import dev.diffstream.objectstore.S3ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FileFault;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/** A file on this machine, or in the bucket, and what a task says to each of its rows. */
public final class ScoreFile {
  private static final String S3 = "s3://";

  private ScoreFile() {}

  /**
   * Writes the scored file.
   *
   * @param file a path, or {@code s3://<bucket>/<key>}
   * @return status of the process: 0, or 1 if rows have no answer
   * @throws DiffstreamException INVALID_REQUEST for a file or options of another form; else what
   *     the gateway answers. What was written by then is kept for the next call
   */
  public static int score(String task, String file, ScoreOptions options, Connection connection)
      throws IOException, InterruptedException {
    options.check();
    if (!file.startsWith(S3)) {
      return score(task, Path.of(file), Path.of(file), options, connection);
    }
    Path name = Path.of(file.substring(file.lastIndexOf('/') + 1));
    Path fetched = Files.createTempFile("diffstream-score-", "-" + name);
    try {
      fetch(file, fetched, connection);
      return score(task, fetched, name, options, connection);
    } finally {
      Files.deleteIfExists(fetched);
    }
  }

  private static void fetch(String uri, Path to, Connection connection) throws IOException {
    try (S3ObjectStore store = connection.openStore()) {
      String prefix = S3 + connection.s3().bucket() + "/";
      Optional<InputStream> object =
          uri.startsWith(prefix) ? store.open(uri.substring(prefix.length())) : Optional.empty();
      try (InputStream in = object.orElseThrow(() -> noObject(uri, prefix))) {
        Files.copy(in, to, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static DiffstreamException noObject(String uri, String prefix) {
    return new DiffstreamException(
        ErrorCode.INVALID_REQUEST, "expected an object below " + prefix + ", there is no " + uri);
  }

  private static int score(
      String task, Path file, Path name, ScoreOptions options, Connection connection)
      throws IOException, InterruptedException {
    ScoreInput input = new ScoreInput(file);
    Format format = options.format(input.extension());
    Path out = options.out == null ? scored(name) : options.out;
    String purpose =
        String.join(" ", "task=" + task, "input=" + input.digest(), options.content(format));
    ScoreRun run =
        new ScoreRun(
            new Scoring(
                new HttpJson(connection.gatewayUrl()),
                task,
                options.request(),
                Duration.ofSeconds(options.patience)),
            options.batch,
            options.parallel,
            System.err,
            System.console() != null && System.console().isTerminal());
    try (BufferedReader in = input.open();
        ResumableFile result = ResumableFile.open(out, purpose)) {
      if (result.rows() > 0) {
        System.err.printf("going on behind row %,d%n", result.rows());
      }
      run.run(options.rows(format), in, result);
      result.finish();
      System.out.printf(
          "%s: %,d rows, %,d of them without an answer%n", out, result.rows(), result.failed());
      return result.failed() == 0 ? 0 : 1;
    } catch (UncheckedIOException e) {
      throw unreadable(Objects.requireNonNull(e.getCause()), name);
    } catch (IOException e) {
      throw unreadable(e, name);
    }
  }

  private static DiffstreamException unreadable(IOException e, Path name) {
    return new DiffstreamException(
        ErrorCode.INVALID_REQUEST,
        e instanceof CharacterCodingException
            ? "expected UTF-8 in " + name + ", it has other bytes"
            : FileFault.of(e),
        e);
  }

  /** {@code reviews.csv.gz} becomes {@code reviews.scored.csv}. */
  private static Path scored(Path name) {
    String plain = name.getFileName().toString().replaceAll("(?i)\\.gz$", "");
    int dot = plain.lastIndexOf('.');
    String stem = dot < 0 ? plain : plain.substring(0, dot);
    return name.resolveSibling(stem + ".scored" + plain.substring(stem.length()));
  }
}
