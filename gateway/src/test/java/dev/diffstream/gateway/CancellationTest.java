package dev.diffstream.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import dev.diffstream.schemas.event.Objective;
import inference.GRPCInferenceServiceGrpc;
import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceFutureStub;
import inference.ModelInferResponse;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What nobody waits for any more is not computed. */
@Timeout(60)
final class CancellationTest {
  private final GatedModel model = new GatedModel();
  private final TinyGateway gateway = new TinyGateway(model);

  @BeforeEach
  void serve() throws Exception {
    gateway.serve("reviews", Objective.CLASSIFICATION);
  }

  @AfterEach
  void stop() {
    model.gate.countDown();
    gateway.close();
  }

  @Test
  void aCallThatIsCancelledIsNotComputed() throws Exception {
    ListenableFuture<ModelInferResponse> running = ask(grpc(), "slow");
    model.begun.await();
    ListenableFuture<ModelInferResponse> cancelled = ask(grpc(), "cancelled", "too");
    ListenableFuture<ModelInferResponse> waiting = ask(grpc(), "waiting");
    awaitMetric("waiting{base=\"tiny\"} 2.0");
    cancelled.cancel(true);
    awaitMetric("requests_seconds_count{code=\"CANCELLED\",protocol=\"grpc\",task=\"reviews\"} 1");
    model.gate.countDown();
    assertThat(running.get().getOutputsCount()).isEqualTo(2);
    assertThat(waiting.get().getOutputsCount()).isEqualTo(2);
    assertThat(model.computed).containsExactly("slow", "waiting");
    awaitMetric("waiting{base=\"tiny\"} 0.0");
    assertThat(model.tiny.inUse()).as("only the catalog holds the diff").isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/v2/models/reviews/infer|{'inputs':[{'name':'text','shape':[1],'datatype':'BYTES','data':['gone']}]}",
        "/v1/tasks/reviews/predict|{'text':'gone'}",
        "/v1/predict|{'tasks':['reviews'],'text':'gone'}",
      },
      quoteCharacter = '`')
  void aRequestWhoseClientHangsUpIsNotComputed(String path, String json) throws Exception {
    ListenableFuture<ModelInferResponse> running = ask(grpc(), "slow");
    model.begun.await();
    String body = json.replace('\'', '"');
    try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
      socket
          .getOutputStream()
          .write(
              ("POST "
                      + path
                      + " HTTP/1.1\r\nHost: x\r\nContent-Length: "
                      + body.length()
                      + "\r\n\r\n"
                      + body)
                  .getBytes(UTF_8));
      awaitMetric("waiting{base=\"tiny\"} 1.0");
    }
    awaitMetric("requests_seconds_count{code=\"CANCELLED\",protocol=\"http\",task=\"reviews\"} 1");
    model.gate.countDown();
    running.get();
    ask(grpc(), "next").get();
    assertThat(model.computed).containsExactly("slow", "next");
  }

  @Test
  void aCallThatPassesItsDeadlineIsNotComputed() throws Exception {
    ListenableFuture<ModelInferResponse> running = ask(grpc(), "slow");
    model.begun.await();
    ListenableFuture<ModelInferResponse> late =
        ask(grpc().withDeadlineAfter(100, TimeUnit.MILLISECONDS), "late");
    assertThatThrownBy(late::get)
        .isInstanceOf(ExecutionException.class)
        .hasMessageContaining("DEADLINE_EXCEEDED");
    // The client's clock runs out first, and it then cancels the call.
    awaitMetric(failedWith("DEADLINE_EXCEEDED"), failedWith("CANCELLED"));
    model.gate.countDown();
    running.get();
    ask(grpc(), "next").get();
    assertThat(model.computed).containsExactly("slow", "next");
  }

  private GRPCInferenceServiceFutureStub grpc() {
    return GRPCInferenceServiceGrpc.newFutureStub(gateway.channel());
  }

  private static ListenableFuture<ModelInferResponse> ask(
      GRPCInferenceServiceFutureStub grpc, String... texts) {
    return grpc.modelInfer(Messages.texts("reviews", texts).build());
  }

  private static String failedWith(String code) {
    return "requests_seconds_count{code=\"" + code + "\",protocol=\"grpc\",task=\"reviews\"} 1";
  }

  /** Waits for one of these lines. */
  private void awaitMetric(String... lines) throws Exception {
    long end = System.nanoTime() + TinyGateway.TIMEOUT.toNanos();
    boolean found = false;
    while (!found) {
      String text = TinyGateway.text(gateway.get("/prometheus"));
      found = Arrays.stream(lines).anyMatch(line -> text.contains("diffstream_gateway_" + line));
      assertThat(System.nanoTime()).as(text).isLessThan(end);
    }
  }
}
