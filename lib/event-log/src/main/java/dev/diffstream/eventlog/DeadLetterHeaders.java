package dev.diffstream.eventlog;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The names of the headers of dead letters: ours, and those of the broker's own dead-letter queue.
 */
public final class DeadLetterHeaders {
  /** The {@link dev.diffstream.schemas.ErrorCode}. */
  public static final String ERROR_CODE = "diffstream_error_code";

  /** What failed, for people; at most {@link #MAX_BYTES}. */
  public static final String ERROR_MESSAGE = "diffstream_error_message";

  public static final String RUN_ID = "diffstream_run_id";

  /** Where the task event stands: {@code topic/partition/offset}. */
  public static final String ORIGIN = "diffstream_origin";

  /** Of the diff that was refused; only on dead letters of the registry. */
  public static final String DIGEST = "diffstream_digest";

  /** The length of a value that was left out because the letter would be too large to send. */
  public static final String OMITTED_VALUE_BYTES = "diffstream_omitted_value_bytes";

  /** How many headers of the record were left out for the same reason. */
  public static final String OMITTED_HEADERS = "diffstream_omitted_headers";

  /** How the names of the broker's own headers begin. */
  public static final String BROKER_PREFIX = "__dlq.errors.";

  /** The topic of a record in the broker's dead-letter queue. */
  public static final String BROKER_TOPIC = "__dlq.errors.topic";

  public static final String BROKER_PARTITION = "__dlq.errors.partition";
  public static final String BROKER_OFFSET = "__dlq.errors.offset";

  /** The broker's reason. */
  public static final String BROKER_REASON = "__dlq.errors.message";

  public static final String BROKER_DELIVERIES = "__dlq.errors.delivery.count";

  /** No header that this program adds is longer, as UTF-8. */
  public static final int MAX_BYTES = 4096;

  private static final String CUT = "…";

  private DeadLetterHeaders() {}

  /** Headers of text, each cut to {@link #MAX_BYTES}. */
  static List<Header> bounded(Map<String, String> texts) {
    List<Header> headers = new ArrayList<>();
    texts.forEach((name, text) -> headers.add(Header.of(name, bounded(text))));
    return headers;
  }

  private static String bounded(String text) {
    if (text.getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES) {
      return text;
    }
    int max = MAX_BYTES - CUT.getBytes(StandardCharsets.UTF_8).length;
    StringBuilder kept = new StringBuilder();
    int length = 0;
    for (int i = 0; i < text.length(); ) {
      String character = Character.toString(text.codePointAt(i));
      length += character.getBytes(StandardCharsets.UTF_8).length;
      if (length > max) {
        break;
      }
      kept.append(character);
      i += character.length();
    }
    return kept + CUT;
  }
}
