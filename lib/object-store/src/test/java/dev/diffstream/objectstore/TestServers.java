package dev.diffstream.objectstore;

import dev.diffstream.embedded.EmbeddedS3;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** How the suites enter their servers. */
final class TestServers {
  static final String ACCESS_KEY = "test-access";
  static final String SECRET_KEY = "test-secret-key";
  static final String BUCKET = "diffstream";

  private TestServers() {}

  static EmbeddedS3.Options options(Path directory) {
    return new EmbeddedS3.Options(directory, 0, ACCESS_KEY, SECRET_KEY, BUCKET);
  }

  static S3Settings settings(URI endpoint) {
    return new S3Settings(
        endpoint, "us-east-1", BUCKET, ACCESS_KEY, SECRET_KEY, Duration.ofSeconds(20));
  }

  static S3ObjectStore connect(URI endpoint) {
    return new S3ObjectStore(settings(endpoint));
  }
}
