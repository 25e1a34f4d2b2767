package dev.diffstream.gateway.http;

import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.protocol.InferResult;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;

/** The headers of an answer that say which diff gave it. */
final class ServedHeaders {
  private ServedHeaders() {}

  static MutableHttpResponse<byte[]> ok(ResidentDiff diff, byte[] body) {
    return HttpResponse.ok(body)
        .header(InferResult.VERSION_HEADER, Long.toString(diff.version()))
        .header(InferResult.DIGEST_HEADER, diff.digest())
        .header(InferResult.ALIAS_HEADER, diff.servedAs().alias());
  }
}
