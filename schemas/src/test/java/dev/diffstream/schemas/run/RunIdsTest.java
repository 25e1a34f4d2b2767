package dev.diffstream.schemas.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RunIdsTest {
  @Test
  void namesNeverChange() {
    // Recorded once, with: printf '/shop\nsubmit-1' | sha256sum
    assertThat(RunIds.of("/shop", "submit-1")).isEqualTo("run-cceb45b3e1c460696930c6ad");
    assertThat(RunIds.ofPlace("diffstream.tasks", 3, 17)).isEqualTo("run-af942eeaa76577416c1a2401");
  }

  @Test
  void sourceAndIdAreKeptApart() {
    assertThat(RunIds.of("a", "bc")).isNotEqualTo(RunIds.of("ab", "c"));
  }

  @Test
  void aPlaceIsWrittenAsReportsSayIt() {
    assertThat(RunIds.place("diffstream.tasks", 3, 17)).isEqualTo("diffstream.tasks/3/17");
  }
}
