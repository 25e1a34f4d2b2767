package dev.diffstream.gateway.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.registry.Provisional;
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
        task, generation, generation, "digest", 1, new NotRead(), Map.of(), null);
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
        catalog = catalog.withChampion(diff);
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
            .withProvisional("c", new Provisional("digest", "base", "run"))
            .withFailure("a", failure);
    assertThat(before.tasks()).containsExactly("a", "b", "c");
    assertThat(before.loading()).containsExactly("b");
    ServingCatalog after = before.withChampion(diff("a", 2)).withChampion(diff("c", 1));
    assertThat(after.failed()).isEmpty();
    assertThat(after.provisional()).isEmpty();
    assertThat(after.resident().keySet()).containsExactly("a", "c");
    assertThat(after.ready()).isFalse();
    assertThat(after.asReady().ready()).isTrue();
  }
}
