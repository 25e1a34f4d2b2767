package dev.diffstream.objectstore;

import io.minio.errors.MinioException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Sends an idempotent request again a few times when the server was busy or out of reach. */
final class Retries {
  private static final int ATTEMPTS = 3;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

  private Retries() {}

  /** One request to the server. */
  @FunctionalInterface
  interface Request<T> {
    T send() throws MinioException;
  }

  /** The answer, or the last attempt's failure. */
  static <T> T idempotent(Request<T> request) throws MinioException {
    for (int attempt = 1; ; attempt++) {
      try {
        return request.send();
      } catch (MinioException | RuntimeException failure) {
        if (attempt == ATTEMPTS || !S3Errors.retryable(S3Errors.kind(failure)) || !pause(attempt)) {
          throw failure;
        }
      }
    }
  }

  /** False if this thread should stop instead. */
  private static boolean pause(int attempt) {
    long base = FIRST_PAUSE.toMillis() << (2 * (attempt - 1));
    try {
      Thread.sleep(base / 2 + ThreadLocalRandom.current().nextLong(base));
      return true;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
