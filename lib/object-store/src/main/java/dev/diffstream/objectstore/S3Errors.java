package dev.diffstream.objectstore;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import io.minio.errors.ErrorResponseException;
import io.minio.errors.InternalException;
import io.minio.errors.InvalidResponseException;
import io.minio.errors.ServerException;
import io.minio.errors.XmlParserException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The one place that knows what the S3 client's exceptions mean. */
final class S3Errors {
  private static final Pattern STATUS =
      Pattern.compile("(?:Response code: |HTTP code )(\\d{3})\\b");

  private static final int MAX_DETAIL = 500;

  private S3Errors() {}

  /** What went wrong, as far as a caller can act on it. */
  enum Kind {
    /** No such object. */
    ABSENT,
    /** No such bucket. */
    BUCKET_ABSENT,
    /** The condition of a write does not hold. */
    PRECONDITION,
    /** Two conditional writes met; the server asks to send this one again. */
    CONFLICT,
    /** The range starts behind the object's end. */
    RANGE,
    FORBIDDEN,
    /** The server answered that it cannot now. */
    BUSY,
    /** No connection: the request did not reach a server. */
    UNREACHABLE,
    /** The request was sent, or may have been, and no answer of the server came back. */
    LOST,
    OTHER
  }

  static Kind kind(Throwable failure) {
    if (failure instanceof DiffstreamException) {
      return Kind.OTHER;
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      Kind kind = ownKind(cause);
      if (kind != null) {
        return kind;
      }
    }
    return Kind.OTHER;
  }

  /** Whether sending an idempotent request again may help. */
  static boolean retryable(Kind kind) {
    return switch (kind) {
      case BUSY, UNREACHABLE, LOST, CONFLICT -> true;
      case ABSENT, BUCKET_ABSENT, PRECONDITION, RANGE, FORBIDDEN, OTHER -> false;
    };
  }

  /** For requests that change nothing on the server. */
  static DiffstreamException onRead(String what, Throwable failure) {
    Kind kind = kind(failure);
    ErrorCode code = kind == Kind.LOST ? ErrorCode.OVERLOADED : codeOf(kind);
    return exception(code, what, failure);
  }

  /** For requests that may have changed something although they failed. */
  static DiffstreamException onWrite(String what, Throwable failure) {
    return exception(codeOf(kind(failure)), what, failure);
  }

  private static ErrorCode codeOf(Kind kind) {
    return switch (kind) {
      case BUSY, UNREACHABLE, CONFLICT -> ErrorCode.OVERLOADED;
      case LOST -> ErrorCode.OUTCOME_UNKNOWN;
      case FORBIDDEN -> ErrorCode.DATA_FORBIDDEN;
      case ABSENT, BUCKET_ABSENT, PRECONDITION, RANGE, OTHER -> ErrorCode.DATA_UNREADABLE;
    };
  }

  private static DiffstreamException exception(ErrorCode code, String what, Throwable failure) {
    if (failure instanceof DiffstreamException classified) {
      return classified;
    }
    String detail = detail(failure);
    String shown = detail.length() > MAX_DETAIL ? detail.substring(0, MAX_DETAIL) + "…" : detail;
    return new DiffstreamException(code, what + " failed: " + shown, failure);
  }

  private static String detail(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ErrorResponseException answer) {
        return "the server answered "
            + answer.response().code()
            + " "
            + answer.errorResponse().code()
            + ": "
            + answer.errorResponse().message();
      }
      if (cause instanceof ServerException || cause instanceof IOException) {
        return cause.toString();
      }
    }
    return failure.toString();
  }

  private static @Nullable Kind ownKind(Throwable cause) {
    return switch (cause) {
      case ErrorResponseException answer when isPage(answer) ->
          ofForeignStatus(answer.response().code());
      case ErrorResponseException answer ->
          ofAnswer(answer.response().code(), answer.errorResponse().code());
      case ServerException answer ->
          ofForeignStatus(answer.statusCode()); // of HEAD, without a code
      case InvalidResponseException answer -> ofForeignStatus(statusIn(answer.getMessage()));
      case InternalException answer -> ofForeignStatus(statusIn(answer.getMessage()));
      case XmlParserException unreadable -> Kind.LOST; // a page where the server's answer belongs
      case ConnectException refused -> Kind.UNREACHABLE;
      case NoRouteToHostException noRoute -> Kind.UNREACHABLE;
      case UnknownHostException unknown -> Kind.UNREACHABLE;
      case IOException lost -> Kind.LOST;
      default -> null;
    };
  }

  private static Kind ofAnswer(int status, @Nullable String code) {
    return switch (code) {
      case "NoSuchKey", "ResourceNotFound" -> Kind.ABSENT;
      case "NoSuchBucket" -> Kind.BUCKET_ABSENT;
      case "InvalidRange" -> Kind.RANGE;
      case "PreconditionFailed" -> Kind.PRECONDITION;
      case "ConditionalRequestConflict", "OperationAborted" -> Kind.CONFLICT;
      case null, default -> ofStatus(status);
    };
  }

  /** An answer to HEAD has no body: its type tells the page of a proxy from a server's answer. */
  private static boolean isPage(ErrorResponseException answer) {
    return String.valueOf(answer.response().header("Content-Type")).startsWith("text/html");
  }

  /**
   * A proxy's answer in place of the server's. What it says of an object (absent, a condition that
   * does not hold) is not the server's word: that is lost, and comes when the proxy finds its way
   * to the server again. Only what it says of the request itself stays so: no right, too large.
   */
  private static Kind ofForeignStatus(int status) {
    Kind kind = ofStatus(status);
    return switch (kind) {
      case BUSY, FORBIDDEN -> kind;
      case OTHER -> status == 413 ? Kind.OTHER : Kind.LOST;
      case ABSENT, BUCKET_ABSENT, PRECONDITION, CONFLICT, RANGE, UNREACHABLE, LOST -> Kind.LOST;
    };
  }

  /** The client keeps the status of such an answer in the exception's message alone. */
  private static int statusIn(@Nullable String message) {
    Matcher status = STATUS.matcher(String.valueOf(message));
    return status.find() ? Integer.parseInt(status.group(1)) : 0;
  }

  private static Kind ofStatus(int status) {
    return switch (status) {
      case 401, 403 -> Kind.FORBIDDEN;
      case 404 -> Kind.ABSENT;
      case 409 -> Kind.CONFLICT;
      case 412 -> Kind.PRECONDITION;
      case 416 -> Kind.RANGE;
      case 408, 502, 504 -> Kind.LOST;
      case 429 -> Kind.BUSY;
      default -> status >= 500 ? Kind.BUSY : Kind.OTHER;
    };
  }
}
