package dev.diffstream.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Loopback ports for servers that are started soon. They are chosen at random below those that
 * systems give to outgoing connections: one of these is often taken again before its server starts.
 */
public final class FreePorts {
  static final int FIRST = 20_000;
  static final int LAST = 31_999;
  private static final int MAX_TRIES = 10_000;

  private FreePorts() {}

  /**
   * Ports that nobody listens on now, each another one.
   *
   * @throws IllegalStateException if there are not so many
   */
  public static int[] pick(int count) {
    Set<Integer> picked = new LinkedHashSet<>();
    for (int tries = 0; picked.size() < count; tries++) {
      if (tries == MAX_TRIES) {
        throw new IllegalStateException(
            "no %d free ports from %d to %d".formatted(count, FIRST, LAST));
      }
      int port = ThreadLocalRandom.current().nextInt(FIRST, LAST + 1);
      if (isFree(port)) {
        picked.add(port);
      }
    }
    return picked.stream().mapToInt(Integer::intValue).toArray();
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException taken) {
      return false;
    }
  }
}
