package dev.diffstream.schemas.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventCodecTest {
  private static final String DATA =
      """
      {"taskId":"t","objective":"classification","data":{"train":"tasks/t/data/x.jsonl"},"fromTheFuture":[1]}""";
  private static final String STRUCTURED =
      """
      {"specversion":"1.0","id":"e-1","source":"/me","type":"dev.diffstream.task.submitted.v1","data":%s}"""
          .formatted(DATA);

  @Test
  void binaryModeIgnoresUnknownFieldsAndHeaders() {
    Map<String, String> headers = headers();
    headers.put("ce_later", "x");
    headers.put("x-other", "y");
    EventEnvelope<? extends Event> envelope = EventCodec.decode(headers, DATA.getBytes(UTF_8));
    assertThat(envelope.id()).isEqualTo("e-1");
    assertThat(envelope.data().subject()).isEqualTo("t");
    assertThat(envelope.extensions()).containsOnly(Map.entry("later", "x"));
  }

  @Test
  void unknownFieldsAreNamedInTheOrderOfTheData() {
    String data =
        """
        {"presicion":"fp16","taskId":"t","objective":"classification","settings":{"free":1},
         "data":{"train":"x.jsonl","columns":{"txet":"a"}},"gate":{"leastGain":0,"least":1}}""";
    assertThat(EventCodec.unknownFields(headers(), data.getBytes(UTF_8)))
        .containsExactly("/presicion", "/data/columns/txet", "/gate/least");
    assertThat(EventCodec.unknownFields(headers(), DATA.getBytes(UTF_8)))
        .containsExactly("/fromTheFuture");
  }

  @Test
  void headerNamesAreCaseInsensitive() {
    Map<String, String> upper = new HashMap<>();
    headers().forEach((name, value) -> upper.put(name.toUpperCase(java.util.Locale.ROOT), value));
    assertThat(EventCodec.decode(upper, DATA.getBytes(UTF_8)).id()).isEqualTo("e-1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"application/cloudevents+json", "application/cloudevents+json; charset=utf-8", ""})
  void structuredModeIsReadWithAndWithoutItsContentType(String contentType) {
    Map<String, String> headers =
        contentType.isEmpty() ? Map.of() : Map.of("content-type", contentType);
    assertThat(EventCodec.decode(headers, STRUCTURED.getBytes(UTF_8)).data())
        .isInstanceOf(TaskSubmitted.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{",
        "not json",
        "{\"taskId\":\"t\",\"taskId\":\"u\",\"objective\":\"classification\",\"data\":{\"train\":\"x\"}}",
        "{\"taskId\":\"UPPER\",\"objective\":\"classification\",\"data\":{\"train\":\"x\"}}",
        "{\"taskId\":\"t\",\"objective\":\"poetry\",\"data\":{\"train\":\"x\"}}",
        "{\"taskId\":\"t\",\"objective\":\"classification\"}",
        "{\"taskId\":\"t\",\"objective\":\"classification\",\"data\":{}}",
        "{\"taskId\":\"t\",\"objective\":\"classification\",\"data\":{\"train\":\"x\"},\"density\":0}",
        "{\"taskId\":\"t\",\"objective\":\"classification\",\"data\":{\"train\":\"x\"},\"density\":NaN}",
        "{\"taskId\":\"t\",\"objective\":\"classification\",\"data\":{\"train\":\"x\"}} trailing",
      })
  void malformedDataIsInvalid(String data) {
    assertThatThrownBy(() -> EventCodec.decode(headers(), data.getBytes(UTF_8)))
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_EVENT));
  }

  @Test
  void valueThatIsNotUtf8IsInvalid() {
    assertThatThrownBy(
            () ->
                EventCodec.decode(
                    headers(), new byte[] {'{', '"', (byte) 0xFF, (byte) 0xFE, '"', '}'}))
        .isInstanceOfSatisfying(
            DiffstreamException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_EVENT));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ce_id", "ce_source", "ce_type"})
  void missingAttributeIsNamed(String header) {
    Map<String, String> headers = headers();
    headers.remove(header);
    assertThatThrownBy(() -> EventCodec.decode(headers, DATA.getBytes(UTF_8)))
        .hasMessageContaining("CloudEvents attribute " + header.substring(3));
  }

  @ParameterizedTest
  @CsvSource({
    "dev.diffstream.task.submitted.v2, UNSUPPORTED_VERSION",
    "dev.diffstream.task.cancelled.v1, INVALID_EVENT",
    "com.example.other, INVALID_EVENT"
  })
  void otherTypesAreToldApart(String type, ErrorCode code) {
    Map<String, String> headers = headers();
    headers.put("ce_type", type);
    assertThatThrownBy(() -> EventCodec.decode(headers, DATA.getBytes(UTF_8)))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void theNameOfABrokenEventIsStillRead() {
    assertThat(EventCodec.nameOf(headers(), "broken".getBytes(UTF_8)))
        .isEqualTo(new EventCodec.EventName("/me", "e-1"));
    assertThat(EventCodec.nameOf(Map.of(), "broken".getBytes(UTF_8))).isNull();
  }

  @Test
  void nothingInvalidIsSent() {
    EventEnvelope<RunProgressed> envelope =
        EventEnvelope.of(
            "/w",
            RunProgressedBuilder.builder()
                .runId("r")
                .taskId("t")
                .attempt(1)
                .phase(Phase.CHECKING)
                .share(1.5)
                .build(),
            Map.of());
    assertThatThrownBy(() -> EventCodec.encode(envelope)).hasMessageContaining("share");
  }

  /** A newer program sends phases, states and codes that this one does not know. */
  @Test
  void openListsAreReadWhateverTheyHold() {
    Event progressed =
        decoded(
            "dev.diffstream.run.progressed.v1",
            "{\"runId\":\"r\",\"taskId\":\"t\",\"attempt\":1,\"phase\":\"distilling\",\"step\":0,\"steps\":0,\"share\":0}");
    assertThat(progressed)
        .isInstanceOfSatisfying(
            RunProgressed.class, p -> assertThat(p.phase()).isEqualTo(Phase.UNKNOWN));
    Event failed =
        decoded(
            "dev.diffstream.run.failed.v1",
            "{\"runId\":\"r\",\"taskId\":\"t\",\"errorCode\":\"MODEL_TOO_PROUD\",\"message\":\"m\",\"retryable\":true}");
    assertThat(failed)
        .isInstanceOfSatisfying(
            RunFailed.class,
            f -> {
              assertThat(f.errorCode().known()).isEmpty();
              assertThat(f.errorCode().retryable()).isFalse();
            });
    Event residency =
        decoded(
            "dev.diffstream.gateway.residency.v1",
            "{\"gatewayId\":\"g\",\"incarnation\":\"i\",\"taskId\":\"t\",\"generation\":1,\"version\":1,\"state\":\"pinned\"}");
    assertThat(residency)
        .isInstanceOfSatisfying(
            GatewayResidency.class,
            r -> assertThat(r.state()).isEqualTo(GatewayResidency.State.UNKNOWN));
  }

  @Test
  void messagesAreCutWhereTheyAreMade() {
    RunFailed failed =
        RunFailedBuilder.builder()
            .runId("r")
            .taskId("t")
            .errorCode(FailureCode.of(ErrorCode.INVALID_RECORD))
            .message("x".repeat(1_000_000))
            .build();
    assertThat(EventCodec.encode(EventEnvelope.of("/w", failed, Map.of())).value())
        .hasSizeLessThan(3_000);
  }

  private static Event decoded(String type, String data) {
    Map<String, String> headers = headers();
    headers.put("ce_type", type);
    return EventCodec.decode(headers, data.getBytes(UTF_8)).data();
  }

  private static Map<String, String> headers() {
    Map<String, String> headers = new HashMap<>();
    headers.put("ce_specversion", "1.0");
    headers.put("ce_id", "e-1");
    headers.put("ce_source", "/me");
    headers.put("ce_type", "dev.diffstream.task.submitted.v1");
    headers.put("content-type", "application/json");
    return headers;
  }
}
