package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.memory.MemoryEventLog;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FollowersTest {
  private final List<String> open = new ArrayList<>();
  private int opened;

  @Test
  void whatWasOpenedBeforeOneFailedIsClosed() {
    assertThatThrownBy(() -> Followers.open(log(Topics.DIFFS)))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining(Topics.DIFFS);
    assertThat(opened).isEqualTo(4);
    assertThat(open).isEmpty();
  }

  @Test
  void allAreClosedTogether() {
    try (Followers followers = Followers.open(log("none"))) {
      assertThat(followers.stateRead()).isTrue();
      assertThat(open).hasSize(7);
    }
    assertThat(open).isEmpty();
  }

  /** A log that keeps count of its followers and cannot follow {@code broken}. */
  private EventLog log(String broken) {
    MemoryEventLog log = new MemoryEventLog();
    return (EventLog)
        Proxy.newProxyInstance(
            EventLog.class.getClassLoader(),
            new Class<?>[] {EventLog.class},
            (proxy, method, arguments) -> {
              String topic = (String) arguments[0];
              if (topic.equals(broken)) {
                throw new DiffstreamException(ErrorCode.OVERLOADED, topic + ": no broker");
              }
              opened++;
              open.add(topic);
              return counted(topic, log.follow(topic));
            });
  }

  private Follower counted(String topic, Follower follower) {
    return (Follower)
        Proxy.newProxyInstance(
            Follower.class.getClassLoader(),
            new Class<?>[] {Follower.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("close")) {
                open.remove(topic);
              }
              return method.invoke(follower, arguments);
            });
  }
}
