package dev.diffstream.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.event.Objective;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One connection goes on after an error, whether or not the body was looked at. */
final class KeepAliveTest {
  private static final String BODY =
      "{\"inputs\":[{\"name\":\"text\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"good\"]}]}";
  private static final TinyGateway GATEWAY = new TinyGateway();

  @BeforeAll
  static void serve() throws Exception {
    GATEWAY.serve("reviews", Objective.CLASSIFICATION);
  }

  @AfterAll
  static void stop() {
    GATEWAY.close();
  }

  @Test
  void aConnectionOutlivesEveryError() throws Exception {
    String large = " ".repeat(40_000);
    try (Connection connection = new Connection()) {
      good(connection);
      assertThat(connection.post("/v2/models/reviews/infer", "", "{")).isEqualTo(400);
      good(connection);
      assertThat(connection.post("/nowhere", "", large)).isEqualTo(404);
      good(connection);
      assertThat(connection.post("/v2/models", "", large)).isEqualTo(405);
      good(connection);
      assertThat(connection.post("/v2/models/nobody/infer", "", large)).isEqualTo(404);
      good(connection);
      assertThat(connection.post("/v2/models/reviews/infer", "Content-Encoding: gzip\r\n", large))
          .isEqualTo(400);
      good(connection);
      assertThat(connection.post("/v2/models/reviews/infer", "Content-Encoding: zz\r\n", large))
          .isEqualTo(400);
      good(connection);
      assertThat(connection.post("/v2/models/reviews/infer", "Diffstream-Actor: a  b\r\n", large))
          .isEqualTo(400);
      good(connection);
    }
  }

  /** The server may close after 413; the caller must be able to tell, and no answer is lost. */
  @Test
  void aBodyThatIsTooLargeIsAnsweredAndTheConnectionSaysWhetherItGoesOn() throws Exception {
    try (Connection connection = new Connection()) {
      assertThat(connection.post("/v2/models/reviews/infer", "", " ".repeat(200_000)))
          .isEqualTo(413);
      if (!connection.closes) {
        good(connection);
      }
    }
    try (Connection next = new Connection()) {
      good(next);
    }
  }

  @Test
  void requestsInARowAreAnsweredInOrder() throws Exception {
    try (Connection connection = new Connection()) {
      connection.send(head("/v2/models/reviews/infer", "", 1) + "{");
      connection.send(head("/v2/models/reviews/infer", "", BODY.length()) + BODY);
      connection.send(head("/nowhere", "", 3) + "abc");
      connection.send(head("/v2/models/reviews/infer", "", BODY.length()) + BODY);
      assertThat(connection.status()).isEqualTo(400);
      assertThat(connection.status()).isEqualTo(200);
      assertThat(connection.status()).isEqualTo(404);
      assertThat(connection.status()).isEqualTo(200);
    }
  }

  @Test
  void chunksAndExpectations() throws Exception {
    try (Connection connection = new Connection()) {
      String start = "POST /v2/models/reviews/infer HTTP/1.1\r\nHost: x\r\n";
      connection.send(
          start
              + "Transfer-Encoding: chunked\r\n\r\n"
              + "a\r\n"
              + BODY.substring(0, 10)
              + "\r\n"
              + Integer.toHexString(BODY.length() - 10)
              + "\r\n"
              + BODY.substring(10)
              + "\r\n0\r\n\r\n");
      assertThat(connection.status()).isEqualTo(200);
      connection.send(head("/v2/models/reviews/infer", "Expect: 100-continue\r\n", BODY.length()));
      assertThat(connection.status()).isEqualTo(100);
      connection.send(BODY);
      assertThat(connection.status()).isEqualTo(200);
    }
  }

  @Test
  void aBodyThatIsCutOffHoldsNobodyUp() throws Exception {
    try (Connection cut = new Connection()) {
      cut.send(head("/v2/models/reviews/infer", "", BODY.length() + 50) + BODY);
    }
    try (Connection next = new Connection()) {
      good(next);
    }
  }

  private static void good(Connection connection) throws IOException {
    assertThat(connection.post("/v2/models/reviews/infer", "", BODY)).isEqualTo(200);
  }

  private static String head(String path, String headers, int length) {
    return "POST "
        + path
        + " HTTP/1.1\r\nHost: x\r\n"
        + headers
        + "Content-Length: "
        + length
        + "\r\n\r\n";
  }

  /** One socket, with answers read to their ends. */
  private static final class Connection implements AutoCloseable {
    private final Socket socket = new Socket("127.0.0.1", GATEWAY.port());
    private boolean closes;

    Connection() throws IOException {
      socket.setSoTimeout((int) TinyGateway.TIMEOUT.toMillis());
    }

    int post(String path, String headers, String body) throws IOException {
      send(head(path, headers, body.length()) + body);
      return status();
    }

    void send(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(ISO_8859_1));
      socket.getOutputStream().flush();
    }

    /** Reads one answer. */
    int status() throws IOException {
      InputStream in = socket.getInputStream();
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        int next = in.read();
        if (next < 0) {
          throw new EOFException("closed after: " + head);
        }
        head.append((char) next);
      }
      int length = 0;
      for (String line : head.toString().toLowerCase(Locale.ROOT).split("\r\n")) {
        if (line.startsWith("content-length:")) {
          length = Integer.parseInt(line.substring(15).strip());
        }
        closes |= line.equals("connection: close");
      }
      in.readNBytes(length);
      return Integer.parseInt(head.substring(9, 12));
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
