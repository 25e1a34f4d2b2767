package dev.diffstream.registry.webhook;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Sends notices to one address. */
final class WebhookCall {
  static final String SIGNATURE = "diffstream-signature";
  private static final String ALGORITHM = "HmacSHA256";
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(TIMEOUT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();
  private final URI address;
  private final String secret;

  /**
   * @param secret empty: nothing is signed
   */
  WebhookCall(URI address, String secret) {
    this.address = address;
    this.secret = secret;
  }

  /**
   * Returns when the other side has answered 2xx.
   *
   * @throws DiffstreamException OVERLOADED if it did not
   */
  void send(Notice notice) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .timeout(TIMEOUT)
            .POST(HttpRequest.BodyPublishers.ofByteArray(notice.body()));
    notice.headers().forEach(request::header);
    if (!secret.isEmpty()) {
      request.header(SIGNATURE, "sha256=" + signature(notice));
    }
    try {
      int status = http.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
      if (status / 100 != 2) {
        throw new DiffstreamException(ErrorCode.OVERLOADED, address + " answered " + status);
      }
    } catch (IOException e) {
      throw new DiffstreamException(ErrorCode.OVERLOADED, address + " does not answer: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DiffstreamException(ErrorCode.CANCELLED, "interrupted while telling " + address, e);
    }
  }

  /** Over id, time and body, so that neither can be changed, and an old one be told from a new. */
  private String signature(Notice notice) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM));
      String head = notice.headers().get("ce-id") + "." + notice.headers().get("ce-time") + ".";
      mac.update(head.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(mac.doFinal(notice.body()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }
}
