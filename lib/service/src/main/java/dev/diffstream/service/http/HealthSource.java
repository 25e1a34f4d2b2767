package dev.diffstream.service.http;

/** Tells how the service does now; a bean of the service. From any thread, without waiting. */
@FunctionalInterface
public interface HealthSource {
  Health health();
}
