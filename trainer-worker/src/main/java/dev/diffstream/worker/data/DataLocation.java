package dev.diffstream.worker.data;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Where a task's data may lie: its own prefix and the prefixes that an operator allows. Anything
 * else is DATA_FORBIDDEN.
 */
public record DataLocation(String bucket, List<String> allowedPrefixes) {
  /** The limit of S3. */
  private static final int MAX_KEY_BYTES = 1024;

  private static final Pattern URL_ENCODED = Pattern.compile("%[0-9A-Fa-f]{2}");

  public DataLocation {
    allowedPrefixes = List.copyOf(allowedPrefixes);
  }

  /** The object key that {@code uri} names. */
  public String keyOf(TaskId task, String uri) {
    String key = uri;
    if (uri.contains("://")) {
      String prefix = "s3://" + bucket + "/";
      if (!uri.startsWith(prefix)) {
        throw forbidden(uri, task);
      }
      key = uri.substring(prefix.length());
    }
    checkKey(key);
    String checked = key;
    if (!checked.startsWith(ObjectKeys.dataPrefix(task))
        && allowedPrefixes.stream().noneMatch(checked::startsWith)) {
      throw forbidden(uri, task);
    }
    return checked;
  }

  /** {@code s3://<bucket>/<key>} as RFC 3986 writes it: what it does not allow is in percent. */
  String uriOf(String key) {
    try {
      return new URI("s3", bucket, "/" + key, null, null).toASCIIString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("no name of a bucket: " + bucket, e);
    }
  }

  private static void checkKey(String key) {
    int bytes = key.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_KEY_BYTES) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT,
          "the key %s has %d bytes in UTF-8, an object key has at most %d"
              .formatted(QuotedText.of(key), bytes, MAX_KEY_BYTES));
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(key)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT,
          "the key %s holds half of a surrogate pair: which is not Unicode text"
              .formatted(QuotedText.of(key)));
    }
    for (String segment : key.split("/", -1)) {
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        throw new DiffstreamException(
            ErrorCode.DATA_FORBIDDEN,
            "the key %s has an empty part (a folder, or a doubled slash), \".\" or \"..\"; expected the key of one object"
                .formatted(QuotedText.of(key)));
      }
    }
  }

  /** What may be wrong with a key that looks URL-encoded; empty for any other. */
  static String hint(String key) {
    return URL_ENCODED.matcher(key).find()
        ? "; the key of one object is expected as it is: it is not URL-decoded"
        : "";
  }

  private DiffstreamException forbidden(String uri, TaskId task) {
    return new DiffstreamException(
        ErrorCode.DATA_FORBIDDEN,
        "task "
            + task
            + " may read an object below s3://"
            + bucket
            + "/"
            + ObjectKeys.dataPrefix(task)
            + " only, the event names "
            + QuotedText.of(uri)
            + hint(uri));
  }
}
