package dev.diffstream.gateway;

import static dev.diffstream.gateway.TinyGateway.json;
import static dev.diffstream.gateway.TinyGateway.refused;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients of the protocol send beside the plain request, right and wrong, over HTTP. */
final class ClientHttpTest {
  private static final String INFER = "/v2/models/reviews/infer";
  private static final String INPUT =
      "\"inputs\":[{\"name\":\"text\",\"shape\":[2],\"datatype\":\"BYTES\",\"data\":[\"good\",\"bad\"]}]";
  private static final String PLAIN = "{" + INPUT + "}";
  private static final TinyGateway GATEWAY = new TinyGateway();

  @BeforeAll
  static void serve() throws Exception {
    GATEWAY.serve("reviews", Objective.CLASSIFICATION);
    GATEWAY.serve("slots", Objective.TOKEN_CLASSIFICATION);
  }

  @AfterAll
  static void stop() {
    GATEWAY.close();
  }

  @Test
  void anOutputIsRawBytesWhereTheRequestAsksForThem() throws Exception {
    JsonNode expected = json(GATEWAY.post(INFER, PLAIN));
    HttpResponse<byte[]> answer =
        GATEWAY.post(
            INFER,
            "{\"outputs\":[{\"name\":\"label\",\"parameters\":{\"binary_data\":true}},"
                + "{\"name\":\"scores\",\"parameters\":{\"binary_data\":false}}],"
                + INPUT
                + "}");
    ByteBuffer raw = rawPart(answer);
    JsonNode head = head(answer);
    assertThat(head.at("/outputs/0/parameters/binary_data_size").asInt())
        .isEqualTo(raw.remaining());
    assertThat(head.at("/outputs/0").has("data")).isFalse();
    assertThat(text(raw)).isEqualTo(expected.at("/outputs/0/data/0").asText());
    assertThat(text(raw)).isEqualTo(expected.at("/outputs/0/data/1").asText());
    assertThat(raw.hasRemaining()).isFalse();
    assertThat(head.at("/outputs/1")).isEqualTo(expected.at("/outputs/1"));
    assertThat(head.path("parameters")).isEqualTo(expected.path("parameters"));
  }

  @Test
  void allOutputsAreRawBytesWhereTheRequestSaysSo() throws Exception {
    JsonNode expected = json(GATEWAY.post(INFER, PLAIN));
    HttpResponse<byte[]> answer =
        GATEWAY.post(INFER, "{\"parameters\":{\"binary_data_output\":true}," + INPUT + "}");
    ByteBuffer raw = rawPart(answer);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/octet-stream");
    assertThat(head(answer).at("/outputs/1/parameters/binary_data_size").asInt()).isEqualTo(16);
    text(raw);
    text(raw);
    for (JsonNode score : expected.at("/outputs/1/data")) {
      assertThat(raw.getFloat()).isEqualTo(score.floatValue());
    }
    assertThat(raw.hasRemaining()).isFalse();
  }

  private static JsonNode head(HttpResponse<byte[]> answer) {
    return Json.parse(Arrays.copyOf(answer.body(), jsonLength(answer)), "head");
  }

  private static ByteBuffer rawPart(HttpResponse<byte[]> answer) {
    assertThat(answer.statusCode()).as(TinyGateway.text(answer)).isEqualTo(200);
    return ByteBuffer.wrap(
            Arrays.copyOfRange(answer.body(), jsonLength(answer), answer.body().length))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int jsonLength(HttpResponse<byte[]> answer) {
    return Integer.parseInt(
        answer.headers().firstValue("Inference-Header-Content-Length").orElseThrow());
  }

  private static String text(ByteBuffer raw) {
    byte[] bytes = new byte[raw.getInt()];
    raw.get(bytes);
    return new String(bytes, UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"parameters\":{\"binary_data_output\":\"yes\"}",
        "\"outputs\":[{\"name\":\"label\",\"parameters\":{\"binary_data\":1}}]",
        "\"outputs\":[{\"name\":\"label\",\"parameters\":{\"classification\":2}}]",
        "\"outputs\":[{\"name\":\"label\",\"parameters\":{\"shared_memory_region\":\"r\"}}]",
        "\"outputs\":[{\"name\":\"logits\"}]",
        "\"outputs\":{\"name\":\"label\"}",
        "\"parameters\":{\"timeout\":\"soon\"}",
        "\"parameters\":{\"timeout\":-1}"
      })
  void aParameterThatCannotBeKeptIsRefused(String parameter) throws Exception {
    refused(GATEWAY.post(INFER, "{" + parameter + "," + INPUT + "}"), 400, "INVALID_REQUEST");
  }

  @Test
  void anAnswerThatComesTooLateIsAnError() throws Exception {
    String request = "{\"parameters\":{\"timeout\":%d}," + INPUT + "}";
    refused(GATEWAY.post(INFER, request.formatted(1)), 504, "DEADLINE_EXCEEDED");
    for (long timeout : new long[] {0, 60_000_000, Long.MAX_VALUE}) {
      assertThat(GATEWAY.post(INFER, request.formatted(timeout)).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void extensionsThatAreNotSupportedSaySo() throws Exception {
    for (String action : new String[] {"load", "unload"}) {
      refused(GATEWAY.post("/v2/repository/models/reviews/" + action, ""), 400, "INVALID_REQUEST");
    }
    GATEWAY.serve("stats", Objective.CLASSIFICATION);
    assertThat(json(GATEWAY.get("/v2/models/stats")).path("name").asText()).isEqualTo("stats");
  }

  @Test
  void aCompressedBodyIsReadWhole() throws Exception {
    byte[] expected = GATEWAY.post(INFER, PLAIN).body();
    byte[] begin = gzip(PLAIN.substring(0, 20).getBytes(UTF_8));
    byte[] end = gzip(PLAIN.substring(20).getBytes(UTF_8));
    assertThat(GATEWAY.post(INFER, joined(begin, end), "Content-Encoding", "gzip").body())
        .isEqualTo(expected);
    for (byte[] deflated : new byte[][] {deflate(false), deflate(true)}) {
      assertThat(GATEWAY.post(INFER, deflated, "Content-Encoding", "deflate").body())
          .isEqualTo(expected);
    }
    assertThat(GATEWAY.post(INFER, PLAIN, "Content-Encoding", "identity").body())
        .isEqualTo(expected);
    String head =
        "{\"inputs\":[{\"name\":\"text\",\"shape\":[2],\"datatype\":\"BYTES\",\"parameters\":"
            + "{\"binary_data_size\":15}}]}";
    ByteBuffer binary =
        ByteBuffer.allocate(head.length() + 15)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(head.getBytes(UTF_8));
    binary.putInt(4).put("good".getBytes(UTF_8)).putInt(3).put("bad".getBytes(UTF_8));
    assertThat(
            GATEWAY
                .post(
                    INFER,
                    gzip(binary.array()),
                    "Content-Encoding",
                    "gzip",
                    "Inference-Header-Content-Length",
                    Integer.toString(head.length()))
                .body())
        .isEqualTo(expected);
  }

  @Test
  void aCompressedBodyThatEndsEarlyOrLateIsRefused() throws Exception {
    byte[] gzip = gzip(PLAIN.getBytes(UTF_8));
    for (int length = 1; length < gzip.length; length++) {
      String error =
          refused(
              GATEWAY.post(INFER, Arrays.copyOf(gzip, length), "Content-Encoding", "gzip"),
              400,
              "INVALID_REQUEST");
      assertThat(error).as(length + " bytes").contains("gzip");
    }
    refused(
        GATEWAY.post(INFER, Arrays.copyOf(gzip, gzip.length + 30), "Content-Encoding", "gzip"),
        400,
        "INVALID_REQUEST");
    byte[] zlib = deflate(false);
    for (int length : new int[] {1, 2, zlib.length / 2, zlib.length - 1, zlib.length + 3}) {
      refused(
          GATEWAY.post(INFER, Arrays.copyOf(zlib, length), "Content-Encoding", "deflate"),
          400,
          "INVALID_REQUEST");
    }
  }

  @Test
  void anAnswerOverATextThatWasCutSaysSo() throws Exception {
    String cut = "x".repeat(1000);
    JsonNode whole = json(GATEWAY.post(INFER, PLAIN.replace("bad", cut)));
    assertThat(whole.path("parameters").has("truncated")).isFalse();
    JsonNode answer = json(GATEWAY.post(INFER, PLAIN.replace("bad", cut + " and the end")));
    assertThat(answer.path("parameters").path("truncated").asBoolean()).isTrue();
    assertThat(answer.path("outputs")).isEqualTo(whole.path("outputs"));
  }

  @ParameterizedTest
  @CsvSource({"zz", "gzip; q=1", "'gzip, gzip'", "br", "zstd", "snappy"})
  void anotherEncodingIsRefused(String encoding) throws Exception {
    String error =
        refused(GATEWAY.post(INFER, PLAIN, "Content-Encoding", encoding), 400, "INVALID_REQUEST");
    assertThat(error).contains("gzip, deflate or identity");
  }

  @Test
  void whatUnpacksTooLargeIsTooLarge() throws Exception {
    byte[] bomb = gzip((PLAIN + " ".repeat(12_000_000)).getBytes(UTF_8));
    refused(GATEWAY.post(INFER, bomb, "Content-Encoding", "gzip"), 413, "INVALID_REQUEST");
    refused(
        GATEWAY.post("/v2/repository/index", bomb, "Content-Encoding", "gzip"),
        413,
        "INVALID_REQUEST");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[0]       | []              | 0",
        "[]        | ['a']           | []",
        "[-1]      | ['a']           | -1",
        "[2,0]     | []              | [2,0]",
        "[1,2]     | ['a','b']       | [1,2]",
        "[44]      | ['a']           | 44",
        "[4611686018427387904,4] | ['a'] | 4611686018427387904",
        "'1'       | ['a']           | 1",
        "[1]       | 'a'             | data",
        "[1]       | [7]             | 7",
        "[1]       | [null]          | null",
      })
  void aTensorOfAnotherFormIsRefusedAndNamed(String shape, String data, String named)
      throws Exception {
    String request =
        "{'inputs':[{'name':'text','shape':%s,'datatype':'BYTES','data':%s}]}"
            .formatted(shape, data)
            .replace('\'', '"');
    assertThat(refused(GATEWAY.post(INFER, request), 400, "INVALID_REQUEST")).contains(named);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text,BYTES;text,BYTES      | text",
        "text,BYTES;text_pair,BYTES | text_pair",
        "args_0,BYTES               | args_0",
        "text,BYTES;args_0,BYTES    | args_0",
        "text,INT32                 | datatype",
        "text,bytes                 | datatype",
        "text,STRING                | datatype",
      })
  void inputsThatNobodyAskedForAreRefusedAndNamed(String inputs, String named) throws Exception {
    StringBuilder request = new StringBuilder("{\"inputs\":[");
    for (String input : inputs.split(";")) {
      String[] parts = input.split(",");
      request
          .append(request.charAt(request.length() - 1) == '[' ? "" : ",")
          .append(
              "{\"name\":\"%s\",\"datatype\":\"%s\",\"shape\":[1],\"data\":[\"x\"]}"
                  .formatted(parts[0], parts[1]));
    }
    assertThat(refused(GATEWAY.post(INFER, request + "]}"), 400, "INVALID_REQUEST"))
        .contains(named);
  }

  @ParameterizedTest
  @ValueSource(strings = {"no-such-task", "REVIEWS", "reviews-2", "base", "tiny"})
  void aTaskThatNobodyHasIsNeverAnsweredByAnother(String task) throws Exception {
    refused(GATEWAY.post("/v2/models/" + task + "/infer", PLAIN), 404, "TASK_UNKNOWN");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1p0", "01", "-1", "0", "latest", "99999999999", "1.0", "%31x", "1%00"})
  void aVersionThatIsNotThereIsNeverAnsweredByAnother(String version) throws Exception {
    refused(
        GATEWAY.post("/v2/models/reviews/versions/" + version + "/infer", PLAIN),
        404,
        "VERSION_UNKNOWN");
  }

  @ParameterizedTest
  @ValueSource(strings = {"+1", "", "1/2"})
  void aVersionThatIsNoPartOfAPathIsNoRoute(String version) throws Exception {
    refused(
        GATEWAY.post("/v2/models/reviews/versions/" + version + "/infer", PLAIN),
        404,
        "INVALID_REQUEST");
  }

  private static byte[] gzip(byte[] plain) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(plain);
    }
    return bytes.toByteArray();
  }

  private static byte[] deflate(boolean raw) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, raw);
    try (DeflaterOutputStream out = new DeflaterOutputStream(bytes, deflater)) {
      out.write(PLAIN.getBytes(UTF_8));
    } finally {
      deflater.end();
    }
    return bytes.toByteArray();
  }

  private static byte[] joined(byte[] one, byte[] two) {
    byte[] both = Arrays.copyOf(one, one.length + two.length);
    System.arraycopy(two, 0, both, one.length, two.length);
    return both;
  }
}
