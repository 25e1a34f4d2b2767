package dev.diffstream.schemas.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.json.Json;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
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
  void trainIsOneFileOrSeveral() {
    String several = DATA.replace("\"tasks/t/data/x.jsonl\"", "[\"x.jsonl\",\"y.csv\"]");
    TaskSubmitted task =
        (TaskSubmitted) EventCodec.decode(headers(), several.getBytes(UTF_8)).data();
    assertThat(task.data().train()).containsExactly("x.jsonl", "y.csv");
    assertThat(Json.writeText(task)).contains("\"train\":[\"x.jsonl\",\"y.csv\"]");
    String listOfOne = DATA.replace("\"tasks/t/data/x.jsonl\"", "[\"x.jsonl\"]");
    TaskSubmitted one =
        (TaskSubmitted) EventCodec.decode(headers(), listOfOne.getBytes(UTF_8)).data();
    assertThat(Json.writeText(one)).contains("\"train\":\"x.jsonl\"");
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
        "{\"taskId\":\"t\",\"objective\":\"classification\",\"data\":{\"train\":[]}}",
        "{\"taskId\":\"t\",\"objective\":\"classification\",\"data\":{\"train\":[\"x\",null]}}",
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "APPLICATION/CloudEvents+JSON;charset=utf-8",
        "application/cloudevents+json ; charset=UTF-8",
        "application/json",
        "text/plain"
      })
  void structuredModeIsReadWhateverTheContentTypeLooksLike(String contentType) {
    for (String name : List.of("content-type", "Content-Type")) {
      assertThat(EventCodec.decode(Map.of(name, contentType), STRUCTURED.getBytes(UTF_8)).data())
          .isInstanceOf(TaskSubmitted.class);
    }
  }

  @Test
  void dataMayStandInBase64() {
    String encoded = Base64.getEncoder().encodeToString(DATA.getBytes(UTF_8));
    EventEnvelope<? extends Event> envelope =
        structured("\"specversion\":\"1.0\",\"data_base64\":\"" + encoded + "\"");
    assertThat(envelope.data().subject()).isEqualTo("t");
    assertThat(envelope.extensions()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"data_base64\":\"!\"",
        "\"data_base64\":\"aGVsbG8=\"",
        "\"data_base64\":7",
        "\"data_base64\":{}",
        "\"data_base64\":\"e30=\",\"data\":{}"
      })
  void brokenBase64IsNamed(String data) {
    assertRefused("\"specversion\":\"1.0\"," + data, ErrorCode.INVALID_EVENT, "data_base64");
  }

  @ParameterizedTest
  @CsvSource({
    "2024-05-01T10:00:00Z, 2024-05-01T10:00:00Z",
    "2024-05-01T10:00:00.123456789+02:00, 2024-05-01T08:00:00.123456789Z",
    "2024-05-01t10:00:00z, 2024-05-01T10:00:00Z"
  })
  void timesOfRfc3339AreRead(String text, Instant time) {
    assertThat(
            structured("\"specversion\":\"1.0\",\"time\":\"" + text + "\",\"data\":" + DATA).time())
        .isEqualTo(time);
    Map<String, String> headers = headers();
    headers.put("ce_time", text);
    assertThat(EventCodec.decode(headers, DATA.getBytes(UTF_8)).time()).isEqualTo(time);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"2024-05-01T10:00:00+0000\"",
        "\"2024-05-01T10:00:00\"",
        "\"2024-05-01T10:00Z\"",
        "\"2024-05-01T10:00:00+02:00:30\"",
        "\"Wed, 01 May 2024 10:00:00 GMT\"",
        "\"2024-05-01 10:00:00Z\"",
        "\"2024-05-01T10:00:00,5Z\"",
        "1714557600",
        "\"2024-05-01T10:00:00.1234567890123456Z\"",
        "\"2024-06-30T23:59:60Z\"",
        "\"2024-02-31T10:00:00Z\"",
        "\"\"",
        "true",
        "{}",
        "[]"
      })
  void otherTimesAreRefusedByName(String time) {
    assertRefused(
        "\"specversion\":\"1.0\",\"time\":" + time + ",\"data\":" + DATA,
        ErrorCode.INVALID_EVENT,
        "time");
  }

  @ParameterizedTest
  @CsvSource({
    "'\"0.3\"', UNSUPPORTED_VERSION, 'got: 0.3'",
    "'\"1.1\"', UNSUPPORTED_VERSION, 'got: 1.1'",
    "'\"2.0\"', UNSUPPORTED_VERSION, 'got: 2.0'",
    "'\"1\"', UNSUPPORTED_VERSION, 'got: 1'",
    "1, UNSUPPORTED_VERSION, 'got: 1'",
    "'\"\"', INVALID_EVENT, specversion",
    "null, INVALID_EVENT, specversion",
    "{}, INVALID_EVENT, specversion"
  })
  void otherVersionsOfCloudEventsAreRefused(String version, ErrorCode code, String says) {
    assertRefused("\"specversion\":" + version + ",\"data\":" + DATA, code, says);
  }

  @Test
  void aVersionAsNumberIsRead() {
    assertThat(structured("\"specversion\":1.0,\"data\":" + DATA).data().subject()).isEqualTo("t");
  }

  @Test
  void aMissingVersionIsNamed() {
    assertRefused("\"data\":" + DATA, ErrorCode.INVALID_EVENT, "specversion");
    Map<String, String> headers = headers();
    headers.remove("ce_specversion");
    assertThatThrownBy(() -> EventCodec.decode(headers, DATA.getBytes(UTF_8)))
        .hasMessageContaining("specversion");
  }

  static Stream<byte[]> valuesThatAreNoEvents() {
    return Stream.of(
        new byte[0],
        "hello".getBytes(UTF_8),
        "[]".getBytes(UTF_8),
        "42".getBytes(UTF_8),
        "null".getBytes(UTF_8),
        "{}".getBytes(UTF_8),
        new byte[] {0, 0, 0, 0, 0x2a, 6, 'a', 'b', 'c'},
        new byte[300_000],
        "[".repeat(20_000).getBytes(UTF_8),
        "{\"a\":".repeat(20_000).getBytes(UTF_8),
        STRUCTURED.substring(0, STRUCTURED.length() - 5).getBytes(UTF_8),
        ("{\"" + "x".repeat(900_000) + "\":1}").getBytes(UTF_8));
  }

  @ParameterizedTest
  @MethodSource("valuesThatAreNoEvents")
  void whatIsNoEventIsRefusedInAShortMessage(byte[] value) {
    for (Map<String, String> headers :
        List.<Map<String, String>>of(
            Map.of(), Map.of("content-type", "application/cloudevents+json"), headers())) {
      assertThatThrownBy(() -> EventCodec.decode(headers, value))
          .isInstanceOfSatisfying(
              DiffstreamException.class,
              e -> {
                assertThat(e.code()).isEqualTo(ErrorCode.INVALID_EVENT);
                assertThat(e.getMessage()).hasSizeLessThan(2_500);
              });
    }
    assertThat(EventCodec.nameOf(Map.of(), value)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a/b?c#d %41", "\ud83d\ude9a caf\u00e9", "a"})
  void idsMayHoldAnyText(String id) {
    Map<String, String> headers = headers();
    headers.put("ce_id", id);
    assertThat(EventCodec.decode(headers, DATA.getBytes(UTF_8)).id()).isEqualTo(id);
  }

  static Stream<String> idsThatAreRefused() {
    return Stream.of("line\nfeed", "nul\0", "half \ud83d", "x".repeat(5_000), "\u0085next");
  }

  /** Source and id are joined with a line feed into the name of the run, so neither holds one. */
  @ParameterizedTest
  @MethodSource("idsThatAreRefused")
  void idsAndSourcesThatAreNoCloudEventsStringsAreRefused(String text) {
    for (String attribute : List.of("id", "source")) {
      Map<String, String> headers = headers();
      headers.put("ce_" + attribute, text);
      assertThatThrownBy(() -> EventCodec.decode(headers, DATA.getBytes(UTF_8)))
          .hasMessageContaining("attribute " + attribute)
          .hasMessageStartingWith("INVALID_EVENT")
          .extracting(Throwable::getMessage, InstanceOfAssertFactories.STRING)
          .hasSizeLessThan(500);
      assertThat(EventCodec.nameOf(headers, DATA.getBytes(UTF_8))).isNull();
    }
    GatewayFarewell farewell = new GatewayFarewell("g", "i", null);
    assertThatThrownBy(
            () ->
                EventCodec.encode(
                    new EventEnvelope<>(text, "/me", Instant.EPOCH, Map.of(), farewell)))
        .hasMessageContaining("attribute id");
  }

  private static EventEnvelope<? extends Event> structured(String fields) {
    String event =
        "{\"id\":\"e-1\",\"source\":\"/me\",\"type\":\"dev.diffstream.task.submitted.v1\","
            + fields
            + "}";
    return EventCodec.decode(Map.of(), event.getBytes(UTF_8));
  }

  private static void assertRefused(String fields, ErrorCode code, String says) {
    assertThatThrownBy(() -> structured(fields))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(says);
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
