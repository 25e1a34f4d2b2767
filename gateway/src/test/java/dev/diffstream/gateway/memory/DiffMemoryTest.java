package dev.diffstream.gateway.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.service.UnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class DiffMemoryTest {
  private static final long SEED = Long.getLong("diffstream.test.seed", 11);
  private static final DiffMetadata METADATA =
      DiffReader.read(TinyModel.diff("t", Objective.CLASSIFICATION, 0, 0)).metadata();

  private final AtomicInteger inMemory = new AtomicInteger();
  private final AtomicInteger reads = new AtomicInteger();
  private final DiffMemory memory = new DiffMemory(20, Set.of("pinned"));
  private ErrorCode failure = ErrorCode.CANCELLED;

  /** Ten bytes that know by how many they are used. */
  private final class Bytes implements PreparedDiff {
    private final String task;
    private final AtomicInteger users = new AtomicInteger(1);

    Bytes(String task) {
      this.task = task;
      inMemory.incrementAndGet();
    }

    @Override
    public DiffMetadata metadata() {
      return METADATA;
    }

    @Override
    public long bytes() {
      return 10;
    }

    @Override
    public boolean retain() {
      return users.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
    }

    @Override
    public void release() {
      int left = users.decrementAndGet();
      assertThat(left).isNotNegative();
      if (left == 0) {
        inMemory.decrementAndGet();
      }
    }
  }

  private PreparedDiff serve(String task) {
    return memory.manage(
        task,
        new Bytes(task),
        () -> {
          if (failure != ErrorCode.CANCELLED) {
            throw new DiffstreamException(failure, "as the test wants");
          }
          reads.incrementAndGet();
          return new Bytes(task);
        });
  }

  private static void ask(PreparedDiff diff, String task) {
    PreparedDiff acquired = diff.acquire().orElseThrow();
    assertThat(((Bytes) acquired).task).isEqualTo(task);
    assertThat(((Bytes) acquired).users.get()).isPositive();
    acquired.release();
  }

  @Test
  void whatWasNotAskedForLongestIsLetGoAndReadAgain() {
    PreparedDiff a = serve("a");
    PreparedDiff b = serve("b");
    ask(a, "a");
    PreparedDiff c = serve("c"); // b goes
    assertThat(memory.bytes()).isEqualTo(20);
    assertThat(inMemory.get()).isEqualTo(2);
    ask(a, "a");
    ask(c, "c");
    assertThat(reads.get()).isZero();
    ask(b, "b"); // a goes
    assertThat(reads.get()).isEqualTo(1);
    ask(c, "c");
    assertThat(reads.get()).isEqualTo(1);
    ask(a, "a");
    assertThat(reads.get()).isEqualTo(2);
    assertThat(memory.unloads().sum()).isEqualTo(3);
    assertThat(inMemory.get()).isEqualTo(2);
  }

  @Test
  void whatIsUsedLivesUntilItIsReleased() {
    PreparedDiff a = serve("a");
    PreparedDiff used = a.acquire().orElseThrow();
    serve("b");
    serve("c");
    assertThat(inMemory.get()).as("a was let go and is used").isEqualTo(3);
    used.release();
    assertThat(inMemory.get()).isEqualTo(2);
    ask(a, "a");
  }

  @Test
  void aPinnedTaskIsNotLetGo() {
    PreparedDiff pinned = serve("pinned");
    for (String task : List.of("a", "b", "c", "d")) {
      serve(task);
    }
    ask(pinned, "pinned");
    assertThat(reads.get()).isZero();
  }

  @Test
  void whatServesNoMoreTakesNoMemory() {
    PreparedDiff a = serve("a");
    PreparedDiff used = a.acquire().orElseThrow();
    assertThat(a.retain()).isTrue();
    a.release();
    a.release();
    assertThat(a.acquire()).isEmpty();
    assertThat(a.retain()).isFalse();
    assertThat(memory.bytes()).isZero();
    assertThat(inMemory.get()).isEqualTo(1);
    used.release();
    assertThat(inMemory.get()).isZero();
    assertThatThrownBy(a::release).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatCannotBeReadAgainIsUnavailableUntilItCan() {
    PreparedDiff a = serve("a");
    serve("b");
    serve("c");
    failure = ErrorCode.OVERLOADED;
    assertThatThrownBy(a::acquire)
        .isInstanceOf(UnavailableException.class)
        .hasMessage(
            "NOT_READY: the diff of task a was let go and cannot be read again: as the test wants");
    failure = ErrorCode.DIGEST_MISMATCH;
    assertThatThrownBy(a::acquire).hasMessageStartingWith("DIGEST_MISMATCH: ");
    failure = ErrorCode.CANCELLED;
    ask(a, "a");
  }

  @Test
  void whatIsReadLaterIsFilledWhereThereIsRoom() {
    UnloadableDiff a = memory.later("a", METADATA, () -> new Bytes("a"));
    assertThat(inMemory.get()).isZero();
    Bytes tested = new Bytes("a");
    a.fill(tested);
    tested.release();
    assertThat(inMemory.get()).isEqualTo(1);
    assertThat(memory.bytes()).isEqualTo(10);
    ask(a, "a");
    serve("b");
    UnloadableDiff c = memory.later("c", METADATA, () -> new Bytes("c"));
    Bytes another = new Bytes("c");
    c.fill(another);
    another.release();
    assertThat(inMemory.get()).as("there is no room for c").isEqualTo(2);
    ask(c, "c");
    assertThat(memory.bytes()).isEqualTo(20);
    c.release();
    c.fill(new Bytes("c"));
    assertThat(memory.contains(c)).isFalse();
  }

  @Test
  void manyAskAtOnceAndNothingIsFreedUnderThem() throws Exception {
    Random random = new Random(SEED);
    System.out.println("seed " + SEED);
    List<PreparedDiff> diffs = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      diffs.add(serve("task-" + i));
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      for (int caller = 0; caller < 8; caller++) {
        Random own = new Random(random.nextLong());
        running.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 3000; i++) {
                    int task = own.nextInt(diffs.size());
                    ask(diffs.get(task), "task-" + task);
                  }
                }));
      }
      for (Future<?> one : running) {
        one.get();
      }
    }
    assertThat(memory.bytes()).isLessThanOrEqualTo(20);
    assertThat(10L * inMemory.get()).isEqualTo(memory.bytes());
    diffs.forEach(PreparedDiff::release);
    assertThat(inMemory.get()).isZero();
    assertThat(memory.bytes()).isZero();
  }
}
