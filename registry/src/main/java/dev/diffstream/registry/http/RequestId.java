package dev.diffstream.registry.http;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The id by which a caller may make a request again. */
public final class RequestId {
  public static final String HEADER = "Idempotency-Key";

  private RequestId() {}

  /** The caller's, or a new one. */
  public static String of(@Nullable String given) {
    return given == null ? UUID.randomUUID().toString() : given;
  }
}
