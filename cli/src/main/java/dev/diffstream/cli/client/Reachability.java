package dev.diffstream.cli.client;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/** Whether anybody listens, before a client of its own patience is asked to find out. */
final class Reachability {
  private static final int MILLIS = 5_000;

  private Reachability() {}

  /**
   * @param addresses {@code host:port}, with commas between; one that listens will do. An address
   *     of another form is left for the client to judge
   * @throws DiffstreamException OVERLOADED
   */
  static void check(String what, String addresses) {
    for (String address : addresses.split(",")) {
      int colon = address.lastIndexOf(':');
      if (colon < 1 || !address.substring(colon + 1).strip().matches("\\d{1,5}")) {
        return;
      }
      String host = address.substring(0, colon).strip().replaceAll("^\\[|]$", "");
      if (listens(host, Integer.parseInt(address.substring(colon + 1).strip()))) {
        return;
      }
    }
    throw new DiffstreamException(
        ErrorCode.OVERLOADED,
        "%s at %s does not answer; is `diffstream standalone` running, and --data-dir its directory?"
            .formatted(what, addresses));
  }

  private static boolean listens(String host, int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, Math.min(port, 65_535)), MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
