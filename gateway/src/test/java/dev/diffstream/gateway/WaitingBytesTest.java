package dev.diffstream.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import dev.diffstream.schemas.event.Objective;
import inference.GRPCInferenceServiceGrpc;
import inference.ModelInferResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that have come take no more memory than they may. */
@Timeout(60)
final class WaitingBytesTest {
  /** As many bodies of the greatest length as the bytes of all allow. */
  private static final int MOST = (1 << 20) / 100_000;

  private static final String LONG = "x".repeat(95_000);

  private final GatedModel model = new GatedModel();
  private final TinyGateway gateway = new TinyGateway(model);
  private final List<Socket> sockets = new ArrayList<>();

  @BeforeEach
  void serve() throws Exception {
    gateway.serve("reviews", Objective.CLASSIFICATION);
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    model.gate.countDown();
    gateway.close();
  }

  @Test
  void aBodyForWhichThereIsNoRoomIsRefusedBeforeItIsSent() throws Exception {
    for (int i = 0; i < MOST; i++) {
      open("Content-Length: 100000");
    }
    awaitMetric("waiting_bytes 1000000.0");
    Socket refused = open("Content-Length: 100000");
    assertThat(head(refused))
        .startsWith("http/1.1 503 ")
        .contains("\nretry-after: 1\n", "\ndiffstream-error-code: overloaded\n");
    assertThat(gateway.post("/v1/tasks/reviews/predict", "{\"text\":\"small\"}").statusCode())
        .isEqualTo(200);
    sockets.getFirst().close();
    awaitMetric("waiting_bytes 900000.0");
    assertThat(gateway.post("/v1/tasks/reviews/predict", body(LONG)).statusCode()).isEqualTo(200);
    awaitMetric("waiting_bytes 900000.0");
  }

  @Test
  void aBodyOfUnknownLengthCountsAsTheLongest() throws Exception {
    open("Transfer-Encoding: chunked");
    awaitMetric("waiting_bytes 100000.0");
    open("Content-Encoding: gzip\r\nContent-Length: 10");
    awaitMetric("waiting_bytes 200000.0");
  }

  @Test
  void messagesOfBothFacesShareTheBytes() throws Exception {
    List<ListenableFuture<ModelInferResponse>> waiting = new ArrayList<>();
    waiting.add(ask("slow"));
    model.begun.await();
    for (int i = 0; i < MOST; i++) {
      waiting.add(ask(LONG));
    }
    awaitMetric("waiting{base=\"tiny\"} " + MOST + ".0");
    assertThatThrownBy(ask(LONG + LONG.substring(0, 4000))::get)
        .hasMessageContaining("UNAVAILABLE: OVERLOADED: expected room for a request of");
    TinyGateway.refused(
        gateway.post("/v1/tasks/reviews/predict", body(LONG + LONG.substring(0, 4000))),
        503,
        "OVERLOADED");
    model.gate.countDown();
    for (ListenableFuture<ModelInferResponse> answer : waiting) {
      assertThat(answer.get().getOutputsCount()).isEqualTo(2);
    }
    awaitMetric("waiting_bytes 0.0");
  }

  @Test
  void aCompressedMessageCountsAsTheLongest() throws Exception {
    ListenableFuture<ModelInferResponse> waiting =
        GRPCInferenceServiceGrpc.newFutureStub(gateway.channel())
            .withCompression("gzip")
            .modelInfer(Messages.texts("reviews", "slow").build());
    model.begun.await();
    awaitMetric("waiting_bytes 100000.0");
    model.gate.countDown();
    assertThat(waiting.get().getOutputsCount()).isEqualTo(2);
    awaitMetric("waiting_bytes 0.0");
  }

  private static String body(String text) {
    return "{\"text\":\"" + text + "\"}";
  }

  private ListenableFuture<ModelInferResponse> ask(String text) {
    return GRPCInferenceServiceGrpc.newFutureStub(gateway.channel())
        .modelInfer(Messages.texts("reviews", text).build());
  }

  /** Begins a request and sends nothing of its body. */
  private Socket open(String headers) throws IOException {
    Socket socket = new Socket("127.0.0.1", gateway.port());
    socket.setSoTimeout((int) TinyGateway.TIMEOUT.toMillis());
    sockets.add(socket);
    String head = "POST /v1/tasks/reviews/predict HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(UTF_8));
    return socket;
  }

  /** Status line and headers of an answer, in lower case. */
  private static String head(Socket socket) throws IOException {
    BufferedReader reader =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
    StringBuilder head = new StringBuilder();
    String line = reader.readLine();
    while (line != null && !line.isEmpty()) {
      head.append(line.toLowerCase(Locale.ROOT)).append('\n');
      line = reader.readLine();
    }
    return head.toString();
  }

  private void awaitMetric(String line) throws Exception {
    long end = System.nanoTime() + TinyGateway.TIMEOUT.toNanos();
    String text;
    do {
      text = TinyGateway.text(gateway.get("/prometheus"));
      assertThat(System.nanoTime()).as(text).isLessThan(end);
    } while (!text.contains("diffstream_gateway_" + line));
  }
}
