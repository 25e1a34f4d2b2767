package dev.diffstream.schemas.event;

import dev.diffstream.schemas.Bounded;
import org.jspecify.annotations.Nullable;

/**
 * A gateway stops: nothing that this incarnation said of its tasks holds any longer.
 *
 * @param reason such as {@code stopping}
 */
public record GatewayFarewell(String gatewayId, String incarnation, @Nullable String reason)
    implements Event {
  public GatewayFarewell {
    reason = reason == null ? null : Bounded.message(reason);
  }

  @Override
  public String subject() {
    return gatewayId;
  }
}
