package dev.diffstream.gateway.residency;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.gateway.InMemoryBackends;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.VersionAnnounced;
import java.lang.reflect.Proxy;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ResidencySenderTest {
  private final InMemoryBackends backends = new InMemoryBackends();
  private ErrorCode failure = ErrorCode.INVALID_EVENT;
  private String failing = "gateway-1/reviews";
  private final ResidencySender sender =
      new ResidencySender(failingLog(), "gateway-1", "i-1", InstantSource.system());

  @Test
  void anEventThatCanNeverBeSentHoldsBackNoOther() {
    report();
    assertThat(backends.residency())
        .extracting(GatewayResidency::taskId)
        .containsExactlyInAnyOrder("music", "songs");
    failing = "";
    sender.flush();
    assertThat(backends.residency()).as("it was dropped").hasSize(2);
  }

  @Test
  void whatPassesAndAMissingRightKeepEveryEvent() {
    for (ErrorCode code : new ErrorCode[] {ErrorCode.OVERLOADED, ErrorCode.DATA_FORBIDDEN}) {
      failure = code;
      failing = "gateway-1/music";
      int before = backends.residency().size();
      report();
      assertThat(backends.residency()).hasSize(before);
      failing = "";
      sender.flush();
      assertThat(backends.residency()).hasSize(before + 3);
    }
  }

  private void report() {
    for (String task : new String[] {"music", "reviews", "songs"}) {
      sender.withdrawn(new VersionAnnounced(task, 1, Map.of(), null, null), Map.of());
    }
    sender.flush();
  }

  /** The log, but what is sent with the key {@link #failing} fails. */
  private EventLog failingLog() {
    return (EventLog)
        Proxy.newProxyInstance(
            EventLog.class.getClassLoader(),
            new Class<?>[] {EventLog.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("publish")
                  && ((Message) arguments[1]).key().equals(failing)) {
                throw new DiffstreamException(failure, "not sent");
              }
              return method.invoke(backends.log, arguments);
            });
  }
}
