package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.model.DiffMetadataBuilder;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.registry.VersionRecord;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a diff file says of its pairs in two places must be one thing. */
final class PairEncodingIntakeTest {
  private static final int[] POSITIONS = {1, 5, 999};

  private final InMemoryBackends backends = new InMemoryBackends();

  @Test
  void aJointDiffBecomesAVersionThatSaysSo() {
    VersionRecord version =
        publish("e1", Objective.PAIR_CLASSIFICATION, "joint", "joint").getFirst();
    assertThat(version.features()).isEqualTo("joint");
    assertThat(version.pairEncoding()).isEqualTo("joint");
  }

  @Test
  void aDiffThatContradictsItselfIsRefused() {
    refused(
        "expected features joint exactly where pair.encoding is joint, got features pair and pair.encoding joint",
        Objective.PAIR_CLASSIFICATION,
        "pair",
        "joint");
    refused(
        "got features joint and pair.encoding separate",
        Objective.PAIR_CLASSIFICATION,
        "joint",
        null);
    refused(
        "expected no pair.encoding for objective classification, got separate",
        Objective.CLASSIFICATION,
        "mean",
        "separate");
    refused(
        "expected pair.encoding separate or joint, got crossed",
        Objective.PAIR_CLASSIFICATION,
        "pair",
        "crossed");
  }

  private void refused(
      String reason, Objective objective, String features, @Nullable String pairEncoding) {
    int before = failures().size();
    assertThat(publish("e" + before, objective, features, pairEncoding)).isEmpty();
    assertThat(failures()).hasSize(before + 1);
    assertThat(failures().getLast().errorCode().orUnsupported())
        .isEqualTo(ErrorCode.MALFORMED_DIFF);
    assertThat(failures().getLast().message()).contains(reason);
  }

  /** The task's versions, once a registry has read of the diff. */
  private List<VersionRecord> publish(
      String id, Objective objective, String features, @Nullable String pairEncoding) {
    DiffMetadata metadata =
        DiffMetadataBuilder.builder(
                InMemoryBackends.metadata("reviews", InMemoryBackends.BASE, POSITIONS.length, 0.9))
            .objective(objective)
            .features(features)
            .pairEncoding(pairEncoding)
            .build();
    backends.publish("reviews", id, InMemoryBackends.diff(metadata, POSITIONS));
    try (Registrar registrar = backends.registrar()) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
      registrar.step(Duration.ZERO);
      return registrar.snapshot().tasks().containsKey("reviews")
          ? List.copyOf(InMemoryBackends.at(registrar.snapshot().tasks(), "reviews").versions())
          : List.of();
    }
  }

  private List<RunFailed> failures() {
    return backends.events(Topics.RUNS, RunFailed.class);
  }
}
