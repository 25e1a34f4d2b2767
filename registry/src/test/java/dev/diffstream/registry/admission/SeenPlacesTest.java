package dev.diffstream.registry.admission;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SeenPlacesTest {
  @Test
  void knowsEachPartitionUpToItsHighestOffset() {
    SeenPlaces seen = new SeenPlaces();
    assertThat(seen.contains("t/0/0")).isFalse();
    assertThat(seen.add("t/0/0")).isTrue();
    assertThat(seen.add("t/0/0")).isFalse();
    assertThat(seen.add("t/0/7")).as("compaction leaves holes").isTrue();
    assertThat(seen.contains("t/0/6")).isTrue();
    assertThat(seen.contains("t/0/8")).isFalse();
    assertThat(seen.contains("t/1/0")).isFalse();
  }

  @Test
  void aTextThatIsNoPlaceWasNeverSeen() {
    SeenPlaces seen = new SeenPlaces();
    assertThat(seen.contains("unknown")).isFalse();
    assertThat(seen.contains("t/0/-1")).isFalse();
    assertThat(seen.contains("t/0/99999999999999999999")).isFalse();
    assertThat(seen.add("unknown")).isFalse();
  }
}
