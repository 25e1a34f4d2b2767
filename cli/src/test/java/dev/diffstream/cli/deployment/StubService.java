package dev.diffstream.cli.deployment;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A process that answers the health checks of a service: {@code /health/live} with 200, {@code
 * /not-live} makes it answer 503 from then on, {@code /exit} ends it with status 70.
 */
final class StubService {
  private static volatile int status = 200;

  private StubService() {}

  public static void main(String[] arguments) throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    int port = Integer.parseInt(arguments[0]);
    HttpServer server = HttpServer.create(new InetSocketAddress(loopback, port), 0);
    server.createContext(
        "/",
        exchange -> {
          switch (exchange.getRequestURI().getPath()) {
            case "/exit" -> Runtime.getRuntime().halt(70);
            case "/not-live" -> status = 503;
            default -> {}
          }
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
  }
}
