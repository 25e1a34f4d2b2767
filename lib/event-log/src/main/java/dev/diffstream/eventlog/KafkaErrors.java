package dev.diffstream.eventlog;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.BufferExhaustedException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * The one place that turns a failure of Kafka into an {@link ErrorCode}.
 *
 * <ul>
 *   <li>not allowed, or not who it says: DATA_FORBIDDEN
 *   <li>what the caller asked for can never work (a topic that does not exist or has an impossible
 *       name, a record that is too large): INVALID_EVENT
 *   <li>everything else may pass: OUTCOME_UNKNOWN when a write was handed to the producer, which
 *       may have sent it, and OVERLOADED otherwise
 * </ul>
 */
final class KafkaErrors {
  private KafkaErrors() {}

  /** A failure that changed nothing, or whose repetition does no harm. */
  static DiffstreamException failed(String what, Throwable failure) {
    return classify(what, failure, ErrorCode.OVERLOADED);
  }

  /** A failure of a write that may have reached the broker. */
  static DiffstreamException unknown(String what, Throwable failure) {
    return classify(what, failure, ErrorCode.OUTCOME_UNKNOWN);
  }

  private static DiffstreamException classify(String what, Throwable failure, ErrorCode otherwise) {
    Throwable cause = unwrap(failure);
    if (cause instanceof DiffstreamException known) {
      return known;
    }
    if (cause instanceof InterruptedException || cause instanceof InterruptException) {
      Thread.currentThread().interrupt();
    }
    String reason =
        cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    return new DiffstreamException(code(cause, otherwise), what + ": " + reason, cause);
  }

  private static ErrorCode code(Throwable cause, ErrorCode otherwise) {
    return switch (cause) {
      case AuthorizationException e -> ErrorCode.DATA_FORBIDDEN;
      case AuthenticationException e -> ErrorCode.DATA_FORBIDDEN;
      case UnknownTopicOrPartitionException e -> ErrorCode.INVALID_EVENT;
      case InvalidTopicException e -> ErrorCode.INVALID_EVENT;
      case RecordTooLargeException e -> ErrorCode.INVALID_EVENT;
      case RecordBatchTooLargeException e -> ErrorCode.INVALID_EVENT;
      case SerializationException e -> ErrorCode.INVALID_EVENT;
      case InvalidConfigurationException e -> ErrorCode.INVALID_EVENT;
      case PolicyViolationException e -> ErrorCode.INVALID_EVENT;
      case BufferExhaustedException e -> ErrorCode.OVERLOADED;
      default -> otherwise;
    };
  }

  private static Throwable unwrap(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof ExecutionException || cause instanceof CompletionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    // The producer waits for a topic to appear, and says at the end why it did not.
    if (cause instanceof TimeoutException && cause.getCause() instanceof ApiException why) {
      return why;
    }
    return cause;
  }
}
