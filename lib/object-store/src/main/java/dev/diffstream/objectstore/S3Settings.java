package dev.diffstream.objectstore;

import dev.diffstream.settings.BadSettingException;
import dev.diffstream.settings.Settings;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;

/**
 * Where the bucket is and how to enter it.
 *
 * @param endpoint scheme, host and port, without a path
 * @param timeout how long one request may stand still before it counts as lost; a whole request of
 *     known length may take four times as long
 */
public record S3Settings(
    URI endpoint,
    String region,
    String bucket,
    String accessKey,
    String secretKey,
    Duration timeout) {

  private static final String ENDPOINT = "diffstream.s3.endpoint";
  private static final String BUCKET = "diffstream.s3.bucket";
  private static final String TIMEOUT = "diffstream.s3.timeout";
  private static final String BUCKET_NAME = "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]";

  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  public static S3Settings from(Settings settings) {
    return new S3Settings(
        endpoint(settings),
        settings.text(
            "diffstream.s3.region", "us-east-1", "The region that requests are signed for"),
        bucket(settings),
        settings.secret("diffstream.s3.access-key", null, "The access key of the object store"),
        settings.secret("diffstream.s3.secret-key", null, "The secret key of the object store"),
        timeout(settings));
  }

  private static URI endpoint(Settings settings) {
    String text =
        settings.text(ENDPOINT, "http://127.0.0.1:9000", "The S3 server: scheme, host and port");
    try {
      URI uri = new URI(text);
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      boolean bare = uri.getPath().isEmpty() || uri.getPath().equals("/");
      if (http && bare && uri.getHost() != null && uri.getQuery() == null) {
        return uri;
      }
    } catch (URISyntaxException notAnAddress) {
      throw badEndpoint(text);
    }
    throw badEndpoint(text);
  }

  private static BadSettingException badEndpoint(String text) {
    return new BadSettingException(
        ENDPOINT, ENDPOINT + ": \"" + text + "\" is not an address such as http://127.0.0.1:9000.");
  }

  private static String bucket(Settings settings) {
    String name = settings.text(BUCKET, "diffstream", "The bucket that holds everything");
    if (!name.matches(BUCKET_NAME)) {
      throw new BadSettingException(
          BUCKET,
          BUCKET
              + ": \""
              + name
              + "\" is not a bucket name of 3 to 63 lower-case letters, digits, dots and dashes.");
    }
    return name;
  }

  private static Duration timeout(Settings settings) {
    Duration value =
        settings.duration(TIMEOUT, DEFAULT_TIMEOUT, "How long a request may stand still");
    if (value.compareTo(Duration.ofMillis(100)) < 0 || value.compareTo(Duration.ofHours(1)) > 0) {
      throw new BadSettingException(
          TIMEOUT, TIMEOUT + ": " + value + " is not between 100ms and 1h.");
    }
    return value;
  }

  @Override
  public String toString() {
    return "S3Settings[" + endpoint + "/" + bucket + ", region " + region + ", secret hidden]";
  }
}
