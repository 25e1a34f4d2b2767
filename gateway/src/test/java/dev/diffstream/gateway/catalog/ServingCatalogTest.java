package dev.diffstream.gateway.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class ServingCatalogTest {
  private static final long SEED = Long.getLong("diffstream.test.seed", 3);

  private static final class NotRead implements PreparedDiff {
    @Override
    public DiffMetadata metadata() {
      throw new AssertionError("nobody asks");
    }
  }

  private static ResidentDiff diff(String task, long generation) {
    return new ResidentDiff(
        task, generation, generation, "digest", 1, new NotRead(), Map.of(), ServedAs.CHAMPION);
  }

  /** Every catalog that was ever made still says what it said. */
  @Test
  void aCatalogDoesNotChangeWithTheNextOnes() {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    ServingCatalog catalog = ServingCatalog.EMPTY;
    Map<String, ResidentDiff> resident = new TreeMap<>();
    List<ServingCatalog> catalogs = new ArrayList<>();
    List<Map<String, ResidentDiff>> expected = new ArrayList<>();
    for (int change = 0; change < 500; change++) {
      String task = "task-" + random.nextInt(40);
      if (random.nextInt(4) == 0) {
        catalog = catalog.without(task);
        resident.remove(task);
      } else {
        ResidentDiff diff = diff(task, change + 1);
        catalog = catalog.withOnly(diff);
        resident.put(task, diff);
      }
      catalogs.add(catalog);
      expected.add(new TreeMap<>(resident));
    }
    for (int i = 0; i < catalogs.size(); i++) {
      assertThat(catalogs.get(i).resident()).isEqualTo(expected.get(i));
      assertThat(List.copyOf(catalogs.get(i).resident().keySet()))
          .isEqualTo(List.copyOf(expected.get(i).keySet()));
    }
  }

  @Test
  void aChampionEndsWhatWasSaidOfItsTask() {
    ServingCatalog.Failure failure =
        new ServingCatalog.Failure(1, ErrorCode.DIGEST_MISMATCH, "broken");
    ServingCatalog before =
        ServingCatalog.EMPTY
            .withLoading(List.of("a", "b"))
            .withCanary(new ServingCatalog.Canary(diff("c", 3), 0.5))
            .withFailure("a", failure);
    assertThat(before.tasks()).containsExactly("a", "b");
    assertThat(before.loading()).containsExactly("b");
    ServingCatalog after = before.withOnly(diff("a", 2)).withOnly(diff("c", 1));
    assertThat(after.failed()).isEmpty();
    assertThat(after.canary()).isEmpty();
    assertThat(after.resident().keySet()).containsExactly("a", "c");
    assertThat(after.ready()).isFalse();
    assertThat(after.asReady().ready()).isTrue();
  }

  @Test
  void aCanaryAnswersItsShareAndTheSameKeysAlways() {
    ServingCatalog quarter = withCanary(0.25);
    ServingCatalog half = withCanary(0.5);
    int asked = 4_000;
    int answered = 0;
    for (int i = 0; i < asked; i++) {
      RoutingKey key = new RoutingKey("user-" + i);
      long version = quarter.find("a", key).version();
      assertThat(quarter.find("a", key).version()).isEqualTo(version);
      if (version == 2) {
        answered++;
        assertThat(half.find("a", key).version()).as("a greater share keeps them").isEqualTo(2);
      }
    }
    // four standard deviations of a binomial distribution: 4 * sqrt(4,000 * 0.25 * 0.75) = 110
    assertThat(answered).isBetween(890, 1_110);
  }

  @Test
  void aCanaryWithAllOrNothing() {
    for (int i = 0; i < 1_000; i++) {
      assertThat(withCanary(1).find("a", RoutingKey.NONE).version()).isEqualTo(2);
      assertThat(withCanary(0).find("a", RoutingKey.NONE).version()).isEqualTo(1);
    }
    assertThat(withCanary(0).find("a", "2").version()).as("asked by its number").isEqualTo(2);
    assertThat(withCanary(1).find("a").version()).as("the default of metadata").isEqualTo(1);
  }

  private static ServingCatalog withCanary(double weight) {
    return ServingCatalog.EMPTY
        .withOnly(diff("a", 1))
        .withCanary(new ServingCatalog.Canary(diff("a", 2), weight));
  }
}
