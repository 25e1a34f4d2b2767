package dev.diffstream.gateway.telemetry;

import java.util.Locale;

/** The protocols by which the gateway is asked. */
public enum Protocol {
  HTTP,
  GRPC,
  TOPIC;

  /** As it stands in meters. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
