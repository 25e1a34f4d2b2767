package dev.diffstream.gateway.announcement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.gateway.cache.DiskCache;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.memory.DiffMemory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway with room for one diff, and more tasks. */
final class UnloadedDiffsTest {
  private final LoadingGateway gateway = new LoadingGateway();
  @TempDir private Path directory;

  @BeforeEach
  void room() {
    gateway.model.bytesOfADiff = 100;
    gateway.memory = new DiffMemory(100, Set.of());
  }

  @AfterEach
  void close() {
    gateway.close();
  }

  @Test
  void allTasksAreServedAndOneIsInMemory() {
    gateway.cache = DiskCache.open(directory, 1 << 20, () -> gateway.now);
    ServingCatalog catalog = threeTasks();
    gateway.storeIsAway = true;
    for (int round = 0; round < 2; round++) {
      for (String task : catalog.resident().keySet()) {
        PreparedDiff asked = catalog.find(task).prepared().acquire().orElseThrow();
        assertThat(asked.metadata().taskId()).isEqualTo(task);
        asked.release();
        assertThat(gateway.model.inUse()).isEqualTo(1);
      }
    }
  }

  @Test
  void withoutACacheTheyAreReadOutOfTheStore() {
    ServingCatalog catalog = threeTasks();
    gateway.storeIsAway = true;
    assertThatThrownBy(() -> catalog.find("news").prepared().acquire())
        .hasMessageStartingWith("NOT_READY: the diff of task news was let go");
    gateway.storeIsAway = false;
    catalog.find("news").prepared().acquire().orElseThrow().release();
  }

  /** What passed before is tested again later, from its file if it was let go. */
  @Test
  void aLaterSelfTestFindsADiffThatWasLetGo() {
    gateway.cache = DiskCache.open(directory, 1 << 20, () -> gateway.now);
    threeTasks();
    gateway.cache = DiskCache.open(directory, 1 << 20, () -> gateway.now);
    gateway.memory = new DiffMemory(100, Set.of());
    gateway.selfTests = 0;
    try (AnnouncementFollower again = gateway.start()) {
      assertThat(gateway.settle(again).resident()).hasSize(3);
      assertThat(gateway.selfTests).isEqualTo(3);
      assertThat(again.quarantine().size()).isZero();
    }
  }

  @Test
  void aStartPreparesOnlyWhatIsPinnedOrAsked() {
    gateway.cache = DiskCache.open(directory, 1 << 20, () -> gateway.now);
    threeTasks();
    gateway.cache = DiskCache.open(directory, 1 << 20, () -> gateway.now);
    gateway.memory = new DiffMemory(1000, Set.of("songs"));
    gateway.selfTests = 0;
    int before = gateway.model.inUse();
    try (AnnouncementFollower again = gateway.start()) {
      again.step(Duration.ZERO);
      while (!again.catalog().ready()) {
        gateway.runLoads();
        again.step(Duration.ZERO);
      }
      assertThat(again.catalog().resident()).hasSize(3);
      assertThat(gateway.model.inUse() - before).as("songs is pinned").isEqualTo(1);
      assertThat(gateway.selfTests).isZero();
      again.catalog().find("news").prepared().acquire().orElseThrow().release();
      assertThat(gateway.model.inUse() - before).isEqualTo(2);
      gateway.settle(again);
      assertThat(gateway.selfTests).as("all are tested again").isEqualTo(3);
      assertThat(gateway.model.inUse() - before).as("there is room for all").isEqualTo(3);
    }
  }

  @Test
  void whatFailsItsTestsLaterIsTakenOutBeforeItWasEverRead() {
    gateway.cache = DiskCache.open(directory, 1 << 20, () -> gateway.now);
    ServingCatalog served = threeTasks();
    gateway.failing.add(served.find("news").digest());
    gateway.cache = DiskCache.open(directory, 1 << 20, () -> gateway.now);
    gateway.memory = new DiffMemory(1000, Set.of());
    try (AnnouncementFollower again = gateway.start()) {
      assertThat(gateway.settle(again).resident()).containsOnlyKeys("reviews", "songs");
      assertThat(again.catalog().failed()).containsOnlyKeys("news");
    }
  }

  private ServingCatalog threeTasks() {
    for (String task : new String[] {"news", "reviews", "songs"}) {
      gateway.announce(task, 1);
    }
    ServingCatalog catalog = gateway.settle(gateway.start());
    assertThat(catalog.resident()).hasSize(3);
    assertThat(gateway.model.inUse()).isEqualTo(1);
    gateway.pause(Duration.ofSeconds(1));
    return catalog;
  }
}
