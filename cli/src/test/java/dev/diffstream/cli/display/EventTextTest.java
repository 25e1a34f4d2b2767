package dev.diffstream.cli.display;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.event.GatewayFarewell;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.AliasTarget;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EventTextTest {
  @Test
  void aliasesAreNamedWithTheirVersions() {
    Map<String, AliasTarget> aliases =
        Map.of(
            "previous", new AliasTarget(1, "d1", "b"), "champion", new AliasTarget(2, "d2", "b"));
    assertThat(EventText.of(new VersionAnnounced("t", 3, aliases, null, null)))
        .isEqualTo("generation 3: champion is version 2, previous is version 1");
    assertThat(EventText.of(new VersionAnnounced("t", 4, Map.of(), null, null)))
        .isEqualTo("generation 4: nothing serves the task");
  }

  @Test
  void whatAGatewayServesIsSaid() {
    assertThat(EventText.of(residency(GatewayResidency.State.LOADED, null)))
        .isEqualTo("gateway g serves version 2");
    assertThat(EventText.of(residency(GatewayResidency.State.WITHDRAWN, null)))
        .isEqualTo("gateway g serves the task no longer");
    assertThat(
            EventText.of(
                residency(
                    GatewayResidency.State.FAILED, FailureCode.of(ErrorCode.DIGEST_MISMATCH))))
        .isEqualTo("gateway g refused version 2: DIGEST_MISMATCH: why");
    assertThat(EventText.of(new GatewayFarewell("g", "i", "stopping")))
        .isEqualTo("gateway g stopped: stopping");
  }

  private static GatewayResidency residency(
      GatewayResidency.State state, @Nullable FailureCode code) {
    return new GatewayResidency("g", "i", "t", "b", 3, 2, "d2", state, code, "why", null, null);
  }
}
