package dev.diffstream.registry.tenancy;

import dev.diffstream.schemas.registry.ActorName;
import dev.diffstream.service.access.AccessPolicy;
import dev.diffstream.service.access.Principal;
import dev.diffstream.service.http.RequestPrincipal;
import java.util.function.Supplier;

/**
 * Who asks, by the request for which the calling thread works. A thread that works for none sees
 * nothing where keys are needed: what forgets to say for whom it asks must not show too much.
 */
public final class CurrentAsker implements Supplier<Principal> {
  private final AccessPolicy policy;

  public CurrentAsker(AccessPolicy policy) {
    this.policy = policy;
  }

  @Override
  public Principal get() {
    return RequestPrincipal.current()
        .orElseGet(
            () -> policy.isOn() ? Principal.NOBODY : Principal.unrestricted(ActorName.ANONYMOUS));
  }
}
