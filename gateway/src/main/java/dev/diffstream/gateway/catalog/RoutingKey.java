package dev.diffstream.gateway.catalog;

import dev.diffstream.schemas.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What decides whether a champion or its canary answers. Requests with the same key, of a user or a
 * session, say, are answered by the same version of a task, at every gateway; a canary that gets a
 * greater share keeps those that it has. Without a key each request is drawn by itself.
 *
 * @param text empty for none
 */
public record RoutingKey(String text) {
  public static final RoutingKey NONE = new RoutingKey("");

  /** The header, or request metadata, that carries it. */
  public static final String HEADER = "diffstream-routing-key";

  private static final double OF_53_BITS = 0x1p-53;

  /** Where between 0 (inclusive) and 1 (exclusive) the requests of this key lie for a task. */
  double point(String task) {
    if (text.isEmpty()) {
      return ThreadLocalRandom.current().nextDouble();
    }
    byte[] hash = Sha256.digest().digest((task + '\0' + text).getBytes(StandardCharsets.UTF_8));
    return (ByteBuffer.wrap(hash).getLong() >>> 11) * OF_53_BITS;
  }
}
