package dev.diffstream.cli.deployment;

import dev.diffstream.embedded.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/**
 * The loopback ports of a deployment.
 *
 * @param gateway of HTTP
 * @param gatewayGrpc of gRPC
 */
public record Ports(int kafka, int s3, int registry, int gateway, int gatewayGrpc, int worker) {
  /** What {@code standalone} uses unless told otherwise. */
  public static final Ports DEFAULT = new Ports(9092, 9000, 8081, 8080, 8083, 8082);

  /** Six free ports. */
  public static Ports free() {
    int[] ports = FreePorts.pick(6);
    return new Ports(ports[0], ports[1], ports[2], ports[3], ports[4], ports[5]);
  }

  /** Fails, naming the port, when one is taken. */
  void check() {
    for (int port : new int[] {kafka, s3, registry, gateway, gatewayGrpc, worker}) {
      try (ServerSocket socket = new ServerSocket()) {
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      } catch (IOException e) {
        throw new IllegalStateException(
            "port "
                + port
                + " is taken: is another diffstream running? `--free-ports` takes others",
            e);
      }
    }
  }
}
