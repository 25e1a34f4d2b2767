package dev.diffstream.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/**
 * An S3 server in this JVM on 127.0.0.1, keeping its objects as files. It checks signatures and
 * conditional writes like a real server. It does not fsync, buffers a single PUT in the heap (128
 * MiB at most), and walks the whole tree for every page of a listing.
 *
 * <p>Thread-safe.
 */
public final class EmbeddedS3 implements AutoCloseable {
  private static final long MAX_SINGLE_PUT = 128L << 20;

  private final S3Proxy server;
  private final FilesystemNio2BlobStore files;

  private EmbeddedS3(S3Proxy server, FilesystemNio2BlobStore files) {
    this.server = server;
    this.files = files;
  }

  /**
   * @param directory where the objects are; created where it is missing
   * @param port 0 for a free one
   * @param bucket created where it is missing
   */
  public record Options(
      Path directory, int port, String accessKey, String secretKey, String bucket) {
    public Options {
      if (accessKey.isBlank() || secretKey.isBlank() || bucket.isBlank()) {
        throw new IllegalArgumentException("access key, secret key and bucket must not be blank");
      }
    }

    @Override
    public String toString() {
      return "EmbeddedS3.Options[" + directory + ", port " + port + ", bucket " + bucket + "]";
    }
  }

  /**
   * Starts serving.
   *
   * @throws UncheckedIOException if the directory is unusable or the port is taken
   */
  public static EmbeddedS3 start(Options options) {
    try {
      Files.createDirectories(options.directory());
      ExtendedAttributes.probe(options.directory());
    } catch (IOException unusable) {
      throw new UncheckedIOException(unusable.getMessage(), unusable);
    }
    var files = new FilesystemNio2BlobStore(options.directory().toAbsolutePath().toString());
    if (!files.containerExists(options.bucket())) {
      files.createContainer(options.bucket());
    }
    S3Proxy server =
        S3Proxy.builder()
            .blobStore(files)
            .endpoint(URI.create("http://127.0.0.1:" + options.port()))
            .awsAuthentication(AuthenticationType.AWS_V4, options.accessKey(), options.secretKey())
            .v4MaxNonChunkedRequestSize(MAX_SINGLE_PUT)
            .ignoreUnknownHeaders(true)
            .stopTimeout(0)
            .build();
    try {
      server.start();
    } catch (Exception failed) {
      files.close();
      throw new UncheckedIOException(
          new IOException("no object store on port " + options.port() + ": " + failed, failed));
    }
    return new EmbeddedS3(server, files);
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getPort());
  }

  /** Drops running requests and stops; objects stay on disk. */
  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception failed) {
      throw new UncheckedIOException(new IOException("the embedded store did not stop", failed));
    } finally {
      files.close();
    }
  }
}
