package dev.diffstream.service.http;

import java.util.HashMap;
import java.util.Map;

/** The properties of a service's HTTP server that its settings decide. */
public final class ServerProperties {
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
}
