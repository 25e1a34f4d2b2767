package dev.diffstream.gateway.grpc;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.service.UnavailableException;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Failures as gRPC carries them: the status of the code, {@code CODE: message} as its description,
 * the code itself in the trailing metadata, and when to ask again where that may help.
 */
final class GrpcFailures {
  private static final Logger LOG = LoggerFactory.getLogger(GrpcFailures.class);
  private static final Metadata.Key<String> ERROR_CODE = CallContext.key("diffstream-error-code");

  /** As in the HTTP header. */
  private static final Metadata.Key<String> RETRY_AFTER = CallContext.key("retry-after");

  /** Clients that retry by themselves heed this one. */
  private static final Metadata.Key<String> PUSHBACK = CallContext.key("grpc-retry-pushback-ms");

  /** Most clients refuse more than 8 KiB of metadata, in which it stands percent-encoded. */
  private static final int MAX_DESCRIPTION = 4_000;

  private GrpcFailures() {}

  static StatusRuntimeException of(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return switch (cause) {
      case UnavailableException known -> of(unavailable(known.code()), known.code(), known);
      case DiffstreamException known -> of(status(known.code()), known.code(), known);
      case CancellationException cancelled ->
          of(
              Status.CANCELLED,
              ErrorCode.CANCELLED,
              new DiffstreamException(ErrorCode.CANCELLED, "the caller waits no longer"));
      default -> {
        LOG.error("a call failed unexpectedly", cause);
        yield of(
            Status.INTERNAL,
            ErrorCode.OUTCOME_UNKNOWN,
            new DiffstreamException(ErrorCode.OUTCOME_UNKNOWN, cause.toString(), cause));
      }
    };
  }

  /** An extension that this server does not have. */
  static StatusRuntimeException unimplemented(DiffstreamException failure) {
    return of(Status.UNIMPLEMENTED, failure.code(), failure);
  }

  /** A message that unpacks to more than the limit, which over HTTP is 413. */
  static StatusRuntimeException tooLarge(DiffstreamException failure) {
    return of(Status.RESOURCE_EXHAUSTED, failure.code(), failure);
  }

  private static StatusRuntimeException of(
      Status status, ErrorCode code, DiffstreamException failure) {
    Metadata trailers = new Metadata();
    trailers.put(ERROR_CODE, code.name());
    if (status.getCode() == Status.Code.UNAVAILABLE) {
      trailers.put(RETRY_AFTER, "1");
      trailers.put(PUSHBACK, "1000");
    }
    return status.withDescription(bounded(failure.getMessage())).asRuntimeException(trailers);
  }

  /** Its reason is not the caller's, whatever its code: asking again helps, or an operator must. */
  private static Status unavailable(ErrorCode code) {
    return code.retryable() ? Status.UNAVAILABLE : Status.FAILED_PRECONDITION;
  }

  private static Status status(ErrorCode code) {
    return switch (code) {
      case TASK_UNKNOWN, VERSION_UNKNOWN, BASE_UNKNOWN -> Status.NOT_FOUND;
      case INVALID_REQUEST, INVALID_EVENT, INVALID_RECORD -> Status.INVALID_ARGUMENT;
      case OVERLOADED, NOT_READY, WORKER_LOST, OUTCOME_UNKNOWN -> Status.UNAVAILABLE;
      case DEADLINE_EXCEEDED -> Status.DEADLINE_EXCEEDED;
      case CANCELLED -> Status.CANCELLED;
      case UNAUTHENTICATED -> Status.UNAUTHENTICATED;
      case PERMISSION_DENIED, DATA_FORBIDDEN, SIGNATURE_INVALID -> Status.PERMISSION_DENIED;
      case QUOTA_EXCEEDED -> Status.RESOURCE_EXHAUSTED;
      case STALE_GENERATION -> Status.ABORTED;
      case BASE_MISMATCH,
          TOO_FEW_EXAMPLES,
          LABEL_MISMATCH,
          DATA_UNREADABLE,
          DENSITY_EXCEEDED,
          QUALITY_GATE_FAILED,
          SELF_TEST_FAILED,
          DIGEST_MISMATCH,
          MALFORMED_DIFF,
          UNSUPPORTED_VERSION ->
          Status.FAILED_PRECONDITION;
    };
  }

  /** The text, or its beginning, so that it takes {@link #MAX_DESCRIPTION} bytes on the wire. */
  private static String bounded(String text) {
    int bytes = 0;
    int end = 0;
    while (end < text.length()) {
      int point = text.codePointAt(end);
      boolean plain = point >= ' ' && point < 0x7f && point != '%';
      bytes += plain ? 1 : 3 * Character.toString(point).getBytes(StandardCharsets.UTF_8).length;
      if (bytes > MAX_DESCRIPTION) {
        return text.substring(0, end) + " (and more)";
      }
      end += Character.charCount(point);
    }
    return text;
  }
}
