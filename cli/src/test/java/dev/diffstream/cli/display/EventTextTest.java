package dev.diffstream.cli.display;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.event.GatewayFarewell;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidencyBuilder;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.AliasTarget;
import java.time.Instant;
import java.util.List;
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
    assertThat(
            EventText.of(
                GatewayResidencyBuilder.builder(residency(GatewayResidency.State.LOADED, null))
                    .certificate(
                        new GatewayResidency.Certificate(
                            "b", null, 32, 31, List.of("songs\u001b"), Instant.EPOCH))
                    .confidence(
                        new GatewayResidency.Confidence(
                            new GatewayResidency.Window(500, 0.9375, 0.01),
                            new GatewayResidency.Window(500, 0.875, 0.01)))
                    .build()))
        .isEqualTo(
            "gateway g serves version 2; probes of 31 of 32 other tasks unchanged, changed: songs\\u001b; mean confidence 0.938 at first, 0.875 now");
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
    return GatewayResidencyBuilder.builder()
        .gatewayId("g")
        .incarnation("i")
        .taskId("t")
        .baseDigest("b")
        .generation(3)
        .version(2)
        .digest("d2")
        .state(state)
        .errorCode(code)
        .message("why")
        .build();
  }
}
