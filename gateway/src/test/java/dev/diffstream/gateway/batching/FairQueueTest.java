package dev.diffstream.gateway.batching;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class FairQueueTest {
  private static final long SEED = Long.getLong("diffstream.test.seed", 5);

  private final FairQueue<String> queue = new FairQueue<>();

  @Test
  void whatFewAskIsComputedByItselfBesideAFlood() throws Exception {
    flood(1000);
    offer("quiet", "other", "quiet", 20);
    offer("silent", "other", "silent", 20);
    assertThat(queue.cost()).isEqualTo(1002 * 20);
    assertThat(take(512)).containsExactly("quiet", "silent");
    assertThat(queue.cost()).isEqualTo(1000 * 20);
    offer("quiet", "other", "again", 20);
    assertThat(take(512))
        .as("the flood's turn, which is short since another may come")
        .contains("flood 0")
        .hasSizeBetween(5, 7);
  }

  @Test
  void aFloodHasFullBatchesAgainWhenNobodyElseCame() throws Exception {
    flood(2000);
    offer("quiet", "other", "quiet", 20);
    assertThat(take(512)).containsExactly("quiet");
    int batches = 0;
    while (take(512).size() < 20) {
      batches++;
    }
    assertThat(batches).isEqualTo(64);
  }

  @Test
  void aFloodHasEveryOtherBatchHoweverMuchOthersAsk() throws Exception {
    flood(1000);
    for (int batch = 0; batch < 10; batch++) {
      for (int task = 0; task < 10; task++) {
        offer("quiet " + task, "other", "quiet", 20);
      }
      List<String> taken = take(512);
      assertThat(taken.contains("quiet") && taken.stream().anyMatch(x -> x.startsWith("flood")))
          .as("batch %d: %s", batch, taken)
          .isEqualTo(batch % 2 == 1);
    }
  }

  @Test
  void withoutAFloodAllAreComputedTogether() throws Exception {
    for (int task = 0; task < 30; task++) {
      offer("task " + task, "caller", "text", 20);
    }
    assertThat(take(512)).hasSize(25);
  }

  private void flood(int count) {
    for (int i = 0; i < count; i++) {
      offer("flood", "one", "flood " + i, 20);
    }
  }

  @Test
  void callersOfATaskTakeTurns() throws Exception {
    for (int i = 0; i < 100; i++) {
      offer("task", "many", "many " + i, 1);
    }
    offer("task", "few", "few", 1);
    assertThat(take(3)).containsExactly("many 0", "few", "many 1");
    assertThat(take(2)).containsExactly("many 2", "many 3");
  }

  @Test
  void tasksGetTheSameShareOfTokensWhateverTheirTextsCost() throws Exception {
    for (int i = 0; i < 5000; i++) {
      offer("short", "a", "short", 8);
      offer("long", "a", "long", 128);
    }
    Map<String, Integer> cost = new HashMap<>();
    for (int i = 0; i < 50; i++) {
      take(512).forEach(item -> cost.merge(item, item.equals("short") ? 8 : 128, Integer::sum));
    }
    assertThat((double) cost.getOrDefault("short", 0) / cost.getOrDefault("long", 0))
        .isBetween(0.9, 1.1);
  }

  /**
   * Who waits for one answer before it asks again gets no more than who always has texts waiting.
   */
  @Test
  void aTaskOfOneLongTextAtATimeWaitsForItsShare() throws Exception {
    int[] cost = new int[2];
    for (int i = 0; i < 2000; i++) {
      offer("many", "a", "short", 16);
    }
    boolean waits = false;
    while (queue.size() > 200) {
      if (!waits) {
        offer("one", "b", "long", 500);
        waits = true;
      }
      for (String item : take(512)) {
        boolean ofOne = item.equals("long");
        cost[ofOne ? 1 : 0] += ofOne ? 500 : 16;
        waits &= !ofOne;
      }
    }
    assertThat((double) cost[1] / cost[0]).isBetween(0.5, 1.2);
  }

  @Test
  void nothingIsLostOrDoubledAndEachCallersOrderIsKept() throws Exception {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    List<String> offered = new ArrayList<>();
    List<String> taken = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      if (random.nextInt(3) > 0) {
        String task = "t" + random.nextInt(5);
        String caller = "c" + random.nextInt(3);
        String item = task + " " + caller + " " + i;
        offered.add(item);
        offer(task, caller, item, 1 + random.nextInt(200));
      } else {
        taken.addAll(queue.take(1 + random.nextInt(600), Duration.ZERO));
      }
    }
    while (queue.size() > 0) {
      assertThat(taken.addAll(take(100))).isTrue();
    }
    assertThat(taken).containsExactlyInAnyOrderElementsOf(offered);
    Map<String, Integer> last = new HashMap<>();
    for (String item : taken) {
      int at = item.lastIndexOf(' ');
      int number = Integer.parseInt(item.substring(at + 1));
      Integer before = last.put(item.substring(0, at), number);
      assertThat(before == null ? -1 : before).isLessThan(number);
    }
  }

  @Test
  void aBatchKeepsToItsCostAndATextThatIsTooLongComesAlone() throws Exception {
    offer("a", "x", "huge", 1000);
    offer("b", "x", "small", 10);
    assertThat(take(100)).containsExactly("small");
    assertThat(take(100)).containsExactly("huge");
    assertThat(queue.take(100, Duration.ZERO)).isEmpty();
  }

  @Test
  void whatIsOfferedTogetherIsTakenTogether() throws Exception {
    queue.offer(
        List.of(new FairQueue.Offer<>("a", "x", List.of("one", "two", "three"))), String::length);
    assertThat(take(11)).containsExactly("one", "two", "three");
  }

  @Test
  void whoWaitsIsWokenByAnItemOrByRequest() throws Exception {
    CompletableFuture<List<String>> waiting = CompletableFuture.supplyAsync(this::takeSlowly);
    offer("a", "x", "one", 1);
    assertThat(waiting.join()).containsExactly("one");
    queue.wake();
    assertThat(takeSlowly()).isEmpty();
    assertThat(queue.drain()).isEmpty();
  }

  private void offer(String task, String caller, String item, int cost) {
    queue.offer(List.of(new FairQueue.Offer<>(task, caller, List.of(item))), any -> cost);
  }

  private List<String> takeSlowly() {
    try {
      return queue.take(10, Duration.ofMinutes(10));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<String> take(int maxCost) throws InterruptedException {
    return queue.take(maxCost, Duration.ofSeconds(1));
  }
}
