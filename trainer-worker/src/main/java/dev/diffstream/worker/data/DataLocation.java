package dev.diffstream.worker.data;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import java.util.List;

/**
 * Where a task's data may lie: its own prefix and the prefixes that an operator allows. Anything
 * else is DATA_FORBIDDEN.
 */
public record DataLocation(String bucket, List<String> allowedPrefixes) {
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
    for (String segment : key.split("/", -1)) {
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        throw forbidden(uri, task);
      }
    }
    String checked = key;
    if (!checked.startsWith(ObjectKeys.dataPrefix(task))
        && allowedPrefixes.stream().noneMatch(checked::startsWith)) {
      throw forbidden(uri, task);
    }
    return checked;
  }

  private DiffstreamException forbidden(String uri, TaskId task) {
    return new DiffstreamException(
        ErrorCode.DATA_FORBIDDEN,
        "task "
            + task
            + " may read s3://"
            + bucket
            + "/"
            + ObjectKeys.dataPrefix(task)
            + "… only, the event names "
            + uri);
  }
}
