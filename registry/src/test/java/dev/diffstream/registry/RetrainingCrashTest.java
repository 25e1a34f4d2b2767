package dev.diffstream.registry;

import static dev.diffstream.registry.CorrectedWorld.ADA;
import static dev.diffstream.registry.CorrectedWorld.TASK;
import static dev.diffstream.registry.CorrectedWorld.settle;
import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.retraining.RetrainingLoop;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.correction.RetrainingRule.Budget;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A registry dies, or loses an answer, at its n-th write, for every n: requests are made again, and
 * another registry goes on. Nothing is lost and nothing is done twice.
 */
class RetrainingCrashTest {
  private static final Set<String> WRITES = Set.of("put", "putIfAbsent", "upload", "publish");
  private static final int CORRECTIONS = 2;

  /** What becomes of the n-th write. */
  enum Fault {
    DIES_BEFORE,
    DIES_AFTER,
    ANSWER_IS_LOST
  }

  private static final class Died extends Error {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void aCalmLifeTakesAllKindsOfWrites() {
    assertThat(writes()).isGreaterThanOrEqualTo(8);
  }

  @ParameterizedTest
  @EnumSource
  void oneEventHoweverItEnds(Fault fault) {
    for (int n = 0; n < writes(); n++) {
      CorrectedWorld world = new CorrectedWorld();
      Writes first = new Writes(n, fault);
      try {
        live(world, first);
      } catch (Died end) {
        // another registry goes on
      } catch (DiffstreamException lost) {
        assertThat(lost.code()).isEqualTo(ErrorCode.OVERLOADED);
      }
      world.now = world.now.plusSeconds(60);
      live(world, new Writes(Integer.MAX_VALUE, fault));
      String as = fault + " at write " + n;
      assertThat(world.retrainings()).as(as).hasSize(1);
      assertThat(world.sent()).as(as).containsExactly("songs/1");
      assertThat(world.backends.store.list(ObjectKeys.correctionsPrefix(TASK)))
          .as(as)
          .hasSize(CORRECTIONS + 1);
      assertThat(world.backends.store.list(ObjectKeys.rulesPrefix(TASK))).as(as).hasSize(1);
    }
  }

  private static int writes() {
    Writes calm = new Writes(Integer.MAX_VALUE, Fault.DIES_AFTER);
    live(new CorrectedWorld(), calm);
    return Integer.MAX_VALUE - calm.left;
  }

  /** A person who makes every request again, and a registry that looks after the task. */
  private static void live(CorrectedWorld world, Writes writes) {
    RetrainingLoop registry =
        world.registry(
            writes.over(ObjectStore.class, world.backends.store),
            writes.over(EventLog.class, world.backends.log));
    settle(registry);
    registry
        .requests()
        .put(
            TASK,
            CorrectedWorld.after(CORRECTIONS, Duration.ZERO, new Budget(null, null)),
            ADA,
            "rule");
    for (int i = 1; i <= CORRECTIONS; i++) {
      registry.corrections().add(TASK, CorrectedWorld.body(i, "yes", null), ADA, "request-" + i);
    }
    for (int i = 0; i < 3; i++) {
      settle(registry);
      world.now = world.now.plusSeconds(31);
    }
  }

  /** Lets {@code left} writes through; the next one meets the fault. */
  private static final class Writes {
    private int left;
    private final Fault fault;

    Writes(int left, Fault fault) {
      this.left = left;
      this.fault = fault;
    }

    <T> T over(Class<T> type, T target) {
      return type.cast(
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (proxy, method, arguments) -> {
                boolean meets = WRITES.contains(method.getName()) && left-- == 0;
                if (meets && fault == Fault.DIES_BEFORE) {
                  throw new Died();
                }
                Object answer;
                try {
                  answer = method.invoke(target, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
                if (meets && fault == Fault.DIES_AFTER) {
                  throw new Died();
                }
                if (meets) {
                  throw new DiffstreamException(ErrorCode.OVERLOADED, "the answer is lost");
                }
                return answer;
              }));
    }
  }
}
