package dev.diffstream.service.http;

import java.util.HashMap;
import java.util.Map;

/** The properties of a service's HTTP server that its settings decide. */
public final class ServerProperties {
  /** Set where health and metrics have a port of their own. */
  public static final String MANAGEMENT_PORT = "diffstream.management-port";

  private ServerProperties() {}

  /**
   * @param port 0 for any free one
   */
  public static Map<String, Object> of(String application, String host, int port) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("micronaut.application.name", application);
    properties.put("micronaut.server.host", host);
    properties.put("micronaut.server.port", port == 0 ? -1 : port);
    return properties;
  }

  /** Serves {@code /prometheus} at a port of its own alone, and {@code /health} there too. */
  public static Map<String, Object> management(int port) {
    return Map.of(MANAGEMENT_PORT, port, "endpoints.all.port", port);
  }
}
