package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.registry.TaskBacklog.Job;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.service.Quarantine;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TaskBacklogTest {
  private final TaskBacklog backlog =
      new TaskBacklog(
          new Quarantine(
              InstantSource.fixed(InMemoryBackends.NOW), Duration.ofSeconds(1), Duration.ZERO));
  private final List<String> done = new ArrayList<>();
  private boolean forbidden = true;

  @Test
  void whatIsSetAsideDoesNotStandInTheWayOfItsTaskWhenItIsAddedAgain() {
    add("object");
    backlog.run();
    add("object");
    add("record");
    backlog.run();
    assertThat(done).containsExactly("record");
  }

  @Test
  void whatIsSetAsideIsTriedOnceEachTimeItIsAskedFor() {
    add("object");
    backlog.run();
    forbidden = false;
    backlog.run();
    assertThat(done).isEmpty();
    backlog.retrySetAside();
    backlog.run();
    backlog.run();
    assertThat(done).containsExactly("object");
    assertThat(backlog.hasDueWork()).isFalse();
  }

  @Test
  void whatIsSetAsideIsTriedInTheOrderInWhichItCame() {
    add("object/9");
    add("object/10");
    backlog.run();
    forbidden = false;
    backlog.retrySetAside();
    backlog.run();
    assertThat(done).containsExactly("object/9", "object/10");
  }

  private void add(String key) {
    backlog.add(
        new Job(
            key,
            "songs",
            () -> {
              if (forbidden && key.startsWith("object")) {
                throw new DiffstreamException(ErrorCode.DATA_FORBIDDEN, key + ": 403");
              }
              done.add(key);
            }));
  }
}
