package dev.diffstream.base;

import dev.diffstream.base.format.BaseSource;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;

/**
 * The base that a setting names: {@code minilm}, a directory, or {@code s3://<bucket>/<prefix>} in
 * Hugging Face layout.
 */
public final class BaseChoice {
  private static final String S3 = "s3://";

  private BaseChoice() {}

  /**
   * Loads it.
   *
   * @param bucket the one bucket that may be named
   * @param objects opens the object of a key in that bucket, empty if there is none
   * @throws DiffstreamException BASE_UNKNOWN for another bucket, or files that are missing or no
   *     base
   */
  public static Base load(
      String choice, String bucket, Function<String, Optional<InputStream>> objects) {
    if (!choice.startsWith(S3)) {
      return local(choice);
    }
    String own = S3 + bucket + "/";
    if (!choice.startsWith(own)) {
      throw new DiffstreamException(
          ErrorCode.BASE_UNKNOWN, "a base in a bucket must lie in " + own + "…, got: " + choice);
    }
    String key = choice.substring(own.length());
    String prefix = key.endsWith("/") ? key : key + "/";
    String[] segments = prefix.split("/");
    return Base.from(new InBucket(segments[segments.length - 1], prefix, objects));
  }

  /** As {@link #load}, of minilm or a directory. */
  public static Base local(String choice) {
    return choice.equals("minilm") ? Base.miniLm() : Base.fromDirectory(Path.of(choice));
  }

  private record InBucket(
      String name, String prefix, Function<String, Optional<InputStream>> objects)
      implements BaseSource {
    @Override
    public Optional<InputStream> open(String file) {
      return objects.apply(prefix + file);
    }
  }
}
