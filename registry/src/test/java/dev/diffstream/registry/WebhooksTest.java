package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.diffstream.registry.webhook.WebhookSettings;
import dev.diffstream.registry.webhook.Webhooks;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.AuditRecordedBuilder;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.RunFailedBuilder;
import dev.diffstream.schemas.event.RunProgressedBuilder;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.settings.BadSettingException;
import dev.diffstream.settings.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WebhooksTest {
  private final InMemoryBackends backends = new InMemoryBackends();
  private final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();
  private final AtomicInteger refusals = new AtomicInteger();
  private final HttpServer receiver = receiver();

  private record Call(Map<String, List<String>> headers, String body) {
    String header(String name) {
      return headers.getOrDefault(name, List.of("")).getFirst();
    }
  }

  private HttpServer receiver() {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/hook",
          exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            boolean refuses = refusals.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
            if (!refuses) {
              calls.add(
                  new Call(
                      Map.copyOf(exchange.getRequestHeaders()),
                      new String(body, StandardCharsets.UTF_8)));
            }
            exchange.sendResponseHeaders(refuses ? 500 : 204, -1);
            exchange.close();
          });
      server.start();
      return server;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @AfterEach
  void stop() {
    receiver.stop(0);
  }

  private WebhookSettings settings(String secret) {
    return new WebhookSettings(
        List.of(URI.create("http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook")),
        secret);
  }

  private Call next() throws InterruptedException {
    Call call = calls.poll(30, TimeUnit.SECONDS);
    assertThat(call).isNotNull();
    return java.util.Objects.requireNonNull(call);
  }

  private void send() {
    backends.send(
        Topics.RUNS,
        RunProgressedBuilder.builder()
            .runId("run-1")
            .taskId("mail")
            .attempt(1)
            .phase(Phase.CHECKING)
            .build(),
        Map.of());
    backends.send(
        Topics.RUNS,
        RunFailedBuilder.builder()
            .runId("run-1")
            .taskId("mail")
            .errorCode(FailureCode.of(ErrorCode.INVALID_RECORD))
            .message("line 7")
            .build(),
        Map.of());
  }

  @Test
  void aFailureIsToldSignedAndOnceThoughTheAddressRefusedItFirst() throws Exception {
    refusals.set(1);
    try (Webhooks hooks = Webhooks.start(backends.log, settings("hush"), InstantSource.system())) {
      send();
      Call call = next();
      assertThat(call.header("Ce-type")).isEqualTo("dev.diffstream.run.failed.v1");
      assertThat(
              Json.parse(call.body().getBytes(StandardCharsets.UTF_8), "call")
                  .at("/message")
                  .asText())
          .isEqualTo("line 7");
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec("hush".getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      String signed = call.header("Ce-id") + "." + call.header("Ce-time") + "." + call.body();
      assertThat(call.header("Diffstream-signature"))
          .isEqualTo(
              "sha256="
                  + HexFormat.of().formatHex(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8))));
      backends.send(
          Topics.AUDIT,
          AuditRecordedBuilder.builder()
              .taskId("mail")
              .action("aliases-moved")
              .actor("ada")
              .newVersion(2L)
              .build(),
          Map.of());
      assertThat(next().body()).contains("\"actor\":\"ada\"");
    }
    try (Webhooks again = Webhooks.start(backends.log, settings(""), InstantSource.system())) {
      send();
      assertThat(next().header("Diffstream-signature")).as("no secret").isEmpty();
      assertThat(calls).as("what was told before is not told again").isEmpty();
    }
  }

  @Test
  void thePastIsNotTold() throws Exception {
    send();
    try (Webhooks hooks =
        Webhooks.start(
            backends.log, settings(""), () -> java.time.Instant.now().plus(Duration.ofDays(2)))) {
      backends.send(
          Topics.AUDIT,
          AuditRecordedBuilder.builder().taskId("t").action("x").actor("a").build(),
          Map.of());
      assertThat(calls.poll(2, TimeUnit.SECONDS)).isNull();
    }
  }

  @Test
  void whatIsNoAddressIsRefusedAtTheStart() {
    assertThatThrownBy(
            () ->
                WebhookSettings.from(
                    Settings.of(Map.of("diffstream.registry.webhooks", "http://a/b, ftp://c"))))
        .isInstanceOf(BadSettingException.class)
        .hasMessageContaining("diffstream.registry.webhooks")
        .hasMessageContaining("ftp://c");
  }
}
