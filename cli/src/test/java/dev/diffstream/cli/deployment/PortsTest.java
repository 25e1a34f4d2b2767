package dev.diffstream.cli.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.embedded.FreePorts;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Ports for a deployment that is started beside others. */
class PortsTest {
  /** Where Linux begins to take ports for outgoing connections; other systems begin higher. */
  private static final int FIRST_OUTGOING = 32_768;

  @Test
  void freePortsCanBeListenedOnAndAreNoneOfOutgoingConnections() throws Exception {
    Ports free = Ports.free();
    List<Integer> ports =
        List.of(
            free.kafka(),
            free.s3(),
            free.registry(),
            free.gateway(),
            free.gatewayGrpc(),
            free.worker());
    assertThat(ports).doesNotHaveDuplicates().allMatch(port -> port < FIRST_OUTGOING);
    for (int port : ports) {
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        assertThat(socket.isBound()).isTrue();
      }
    }
  }

  @Test
  void aPortThatIsTakenIsNotGiven() throws Exception {
    Ports free = Ports.free();
    try (ServerSocket taken = new ServerSocket(free.kafka(), 1, InetAddress.getLoopbackAddress())) {
      for (int i = 0; i < 2_000; i++) {
        assertThat(FreePorts.pick(1)).doesNotContain(taken.getLocalPort());
      }
    }
  }
}
