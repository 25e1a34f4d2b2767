package dev.diffstream.registry.openlineage;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import io.openlineage.client.OpenLineage.RunEvent;
import io.openlineage.client.OpenLineageClient;
import io.openlineage.client.transports.ApiKeyTokenProvider;
import io.openlineage.client.transports.HttpConfig;
import io.openlineage.client.transports.HttpTransport;
import io.openlineage.client.transports.HttpTransportResponseException;
import java.net.URI;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends events through OpenLineage's client to one address. */
final class LineageEndpoint implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LineageEndpoint.class);
  private static final int TIMEOUT_MILLIS = 10_000;

  /** The receiver has read the event and will not take it, however often it comes. */
  private static final Set<Integer> REFUSALS = Set.of(400, 413, 415, 422);

  private final URI url;
  private final OpenLineageClient client;

  /**
   * @param apiKey empty: none
   */
  LineageEndpoint(URI url, String apiKey) {
    this.url = url;
    HttpConfig config = new HttpConfig();
    config.setUrl(url);
    config.setTimeoutInMillis(TIMEOUT_MILLIS);
    if (!apiKey.isEmpty()) {
      ApiKeyTokenProvider token = new ApiKeyTokenProvider();
      token.setApiKey(apiKey);
      config.setAuth(token);
    }
    this.client = new OpenLineageClient(new HttpTransport(config));
  }

  /**
   * Returns when the receiver has taken the event, or has refused it for good, which is logged: one
   * event does not hold back the others.
   *
   * @throws DiffstreamException OVERLOADED if it must be sent again
   */
  void send(RunEvent event) {
    try {
      client.emit(event);
    } catch (HttpTransportResponseException e) {
      if (!REFUSALS.contains(e.getStatusCode())) {
        throw new DiffstreamException(
            ErrorCode.OVERLOADED, url + " answered " + e.getStatusCode(), e);
      }
      LOG.error(
          "{} refuses the {} event of {}, which is left out: {} {}",
          url,
          event.getEventType(),
          event.getJob().getName(),
          e.getStatusCode(),
          Bounded.value(String.valueOf(e.getBody())));
    } catch (RuntimeException e) { // whatever the client throws must not end the registry
      throw new DiffstreamException(ErrorCode.OVERLOADED, url + " does not answer: " + e, e);
    }
  }

  @Override
  public void close() {
    try {
      client.close();
    } catch (Exception e) {
      LOG.debug("the connections to {} were not closed in order", url, e);
    }
  }
}
